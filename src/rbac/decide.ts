import type { HeldAssignment, Holder } from './access.repository.ts';
import { evaluateCondition } from './evaluate-condition.ts';
import { assignmentsOf, timeOf } from './held-assignments.ts';
import { isInScope, type Question } from './question.ts';
import type { KnownPermission, Path, RoleGraph } from './role-graph.ts';

/** What came of one assignment that says something of the permission. */
export type Finding = {
  assignment: HeldAssignment;
  path: Path;
  /** `counts`, or why not. A denial counts too where its condition cannot be told. */
  outcome: 'counts' | 'not_started' | 'ended' | 'out_of_scope' | 'condition_false' | 'condition_unknown';
  /** What the condition looked at. */
  values: Readonly<Record<string, unknown>>;
};

export interface Decision {
  isAllowed: boolean;
  reason:
    | 'allowed'
    /** A rule says no. */
    | 'denied'
    /** A role says yes, and its limits are not met. */
    | 'limits_not_met'
    | 'no_role'
    | 'unknown_permission'
    /** Several resource servers have a permission of that name. */
    | 'ambiguous_permission'
    | 'unknown_subject'
    | 'inactive_subject';
  permission: KnownPermission | undefined;
  findings: readonly Finding[];
  /** Roles that would allow it, where none does. */
  missing: readonly string[];
}

/** Pure, and in time proportional to the assignments and the size of their conditions. Denials win. */
export function decide(
  graph: RoleGraph,
  holder: Holder | undefined,
  question: Question,
  now: number,
): Decision {
  const refuse = (reason: Decision['reason'], permission?: KnownPermission): Decision => ({
    isAllowed: false,
    reason,
    permission,
    findings: [],
    missing: permission === undefined ? [] : graph.rolesThatAllow(permission.id),
  });
  const [permission, ...others] = graph.permissionsNamed(question.action.name, question.resourceServer);
  if (permission === undefined) return refuse('unknown_permission');
  if (others.length > 0) return refuse('ambiguous_permission');
  if (holder === undefined) return refuse('unknown_subject', permission);
  if (!holder.isActive) return refuse('inactive_subject', permission);

  const findings = assignmentsOf(holder).flatMap(assignment =>
    (graph.closureOf(assignment.roleId).get(permission.id) ?? []).map(path => ({
      assignment,
      path,
      ...weigh(assignment, path, holder, question, now),
    })),
  );
  const counting = findings.filter(({ outcome }) => outcome === 'counts');
  const isDenied = counting.some(({ path }) => path.effect === 'deny');
  const isAllowed = !isDenied && counting.some(({ path }) => path.effect === 'allow');
  const hasAllow = findings.some(({ path }) => path.effect === 'allow');
  return {
    isAllowed,
    reason: isAllowed ? 'allowed' : isDenied ? 'denied' : hasAllow ? 'limits_not_met' : 'no_role',
    permission,
    findings,
    missing: isAllowed || isDenied || hasAllow ? [] : graph.rolesThatAllow(permission.id),
  };
}

function weigh(
  assignment: HeldAssignment,
  { effect }: Path,
  holder: Holder,
  question: Question,
  now: number,
): Pick<Finding, 'outcome' | 'values'> {
  const { scope, condition } = assignment;
  const time = timeOf(assignment, now);
  if (time !== 'in_time') return { outcome: time, values: {} };
  if (scope !== null && !isInScope(scope, question.resource)) return { outcome: 'out_of_scope', values: {} };
  if (condition === null) return { outcome: 'counts', values: {} };
  const { result, values } = evaluateCondition(condition, name => attribute(name, holder, question, now));
  if (result === undefined) return { outcome: effect === 'deny' ? 'counts' : 'condition_unknown', values };
  return { outcome: result ? 'counts' : 'condition_false', values };
}

/** What is on record here is never taken from whoever asks. */
function attribute(name: string, holder: Holder, question: Question, now: number): unknown {
  const { subject, action, resource, context } = question;
  switch (name) {
    case 'subject.type':
      return subject.type;
    case 'subject.id':
      return subject.id;
    case 'subject.email':
      return holder.email;
    case 'subject.email_verified':
      return holder.emailVerified;
    case 'action.name':
      return action.name;
    case 'resource.type':
      return resource?.type;
    case 'resource.id':
      return resource?.id;
    case 'resource.owner':
      return own(resource?.properties, 'owner');
    case 'resource.area':
      return own(resource?.properties, 'area');
    case 'context.time':
      return new Date(now).toISOString();
    default:
      return said(name, { subject, action, resource, context });
  }
}

function said(name: string, { subject, action, resource, context }: Question): unknown {
  const key = name.slice(name.lastIndexOf('.') + 1);
  if (name.startsWith('subject.')) return own(subject.properties, key);
  if (name.startsWith('action.')) return own(action.properties, key);
  return own(name.startsWith('resource.') ? resource?.properties : context, key);
}

function own(properties: Readonly<Record<string, unknown>> | undefined, key: string): unknown {
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}
