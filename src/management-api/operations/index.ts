import type { Operation } from '../define-operation.ts';
import {
  createAssignment,
  deleteAssignment,
  getAssignment,
  listAssignmentsOperation,
} from './assignments.ts';
import { getAuditCheckpoint, getConsistencyProof, getInclusionProof, listAuditEvents } from './audit.ts';
import { decideBackchannelRequest, listBackchannelRequests } from './backchannel-requests.ts';
import { listAccountPermissions, listClientPermissions } from './effective-permissions.ts';
import { evaluate, evaluateMany } from './evaluations.ts';
import { approveFactorResetOperation, createFactorReset } from './factor-resets.ts';
import { getMe } from './get-me.ts';
import {
  addGroupMember,
  createGroupOperation,
  deleteGroupOperation,
  getGroup,
  listGroupMembers,
  listGroupsOperation,
  removeGroupMember,
  updateGroupOperation,
} from './groups.ts';
import { createPermission, deletePermission, listPermissionsOperation } from './permissions.ts';
import { changePreferences, getPreferences } from './preferences.ts';
import {
  createRoleOperation,
  deleteRoleOperation,
  getRole,
  listRolesOperation,
  updateRoleOperation,
} from './roles.ts';

/** Every operation there is, in the order of the document. */
export const operations: readonly Operation[] = [
  getMe,
  getPreferences,
  changePreferences,
  createFactorReset,
  approveFactorResetOperation,
  listBackchannelRequests,
  decideBackchannelRequest,
  listPermissionsOperation,
  createPermission,
  deletePermission,
  listRolesOperation,
  createRoleOperation,
  getRole,
  updateRoleOperation,
  deleteRoleOperation,
  listGroupsOperation,
  createGroupOperation,
  getGroup,
  updateGroupOperation,
  deleteGroupOperation,
  listGroupMembers,
  addGroupMember,
  removeGroupMember,
  listAssignmentsOperation,
  createAssignment,
  getAssignment,
  deleteAssignment,
  listAccountPermissions,
  listClientPermissions,
  evaluate,
  evaluateMany,
  listAuditEvents,
  getAuditCheckpoint,
  getInclusionProof,
  getConsistencyProof,
];
