import type { Operation } from '../define-operation.ts';
import { decideBackchannelRequest, listBackchannelRequests } from './backchannel-requests.ts';
import { getMe } from './get-me.ts';
import { changePreferences, getPreferences } from './preferences.ts';

/** Every operation there is, in the order of the document. */
export const operations: readonly Operation[] = [
  getMe,
  getPreferences,
  changePreferences,
  listBackchannelRequests,
  decideBackchannelRequest,
];
