/**
 * Owns who may do what: permissions of resource servers, roles that include each other, groups, assignments with their
 * limits, and the engine that decides and says why. Does not own what is asked of it, nor how it is asked (management-api).
 */
export { type Access, createAccess, type PermissionName } from './access.ts';
export {
  type Assignee,
  assignRole,
  findAssignment,
  listAssignments,
  type NewAssignment,
  type StoredAssignment,
  unassignRole,
} from './assignments.ts';
export { builtInRoles } from './built-in-roles.ts';
export { refuseStale } from './change-graph.ts';
export { type Condition, conditionField, parseCondition } from './condition.ts';
export { type Decision, type Finding } from './decide.ts';
export { type EffectivePermission } from './effective-permissions.ts';
export {
  createGroup,
  deleteGroup,
  findGroup,
  type GroupContent,
  listGroups,
  listMembers,
  rolesGivenBy,
  type StoredGroup,
  setMembership,
  updateGroup,
} from './groups.ts';
export {
  declarePermission,
  findPermission,
  listPermissions,
  permissionName,
  removePermission,
  type StoredPermission,
} from './permissions.ts';
export { type AccessResource, type AccessSubject, type Question, type Scope } from './question.ts';
export {
  createRole,
  deleteRole,
  findRole,
  listRoles,
  type RbacDeps,
  type RoleContent,
  type StoredRole,
  updateRole,
} from './roles.ts';
export { saveBuiltInRoles } from './save-built-in-roles.ts';
