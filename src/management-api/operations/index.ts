import type { Operation } from '../define-operation.ts';
import { getAuditCheckpoint, getConsistencyProof, getInclusionProof, listAuditEvents } from './audit.ts';
import { decideBackchannelRequest, listBackchannelRequests } from './backchannel-requests.ts';
import { approveFactorResetOperation, createFactorReset } from './factor-resets.ts';
import { getMe } from './get-me.ts';
import { changePreferences, getPreferences } from './preferences.ts';

/** Every operation there is, in the order of the document. */
export const operations: readonly Operation[] = [
  getMe,
  getPreferences,
  changePreferences,
  createFactorReset,
  approveFactorResetOperation,
  listBackchannelRequests,
  decideBackchannelRequest,
  listAuditEvents,
  getAuditCheckpoint,
  getInclusionProof,
  getConsistencyProof,
];
