import type { HeldAssignment, Holder } from './access.repository.ts';
import { builtInRoles } from './built-in-roles.ts';

/** Whoever is an owner has that role without limits. */
export function assignmentsOf({ isOwner, assignments }: Holder): readonly HeldAssignment[] {
  if (!isOwner) return assignments;
  const ownership = { id: null, roleId: builtInRoles.owner.id, group: null, scope: null };
  return [{ ...ownership, startsAt: null, endsAt: null, condition: null }, ...assignments];
}

/** Where an assignment stands in its time window, which includes its beginning and not its end. */
export function timeOf(
  { startsAt, endsAt }: HeldAssignment,
  now: number,
): 'not_started' | 'in_time' | 'ended' {
  if (startsAt !== null && now < Date.parse(startsAt)) return 'not_started';
  return endsAt !== null && now >= Date.parse(endsAt) ? 'ended' : 'in_time';
}

/** Those whose time it is, each with whether anything else limits it. */
export function assignmentsInTime(holder: Holder, now: number) {
  return assignmentsOf(holder)
    .filter(assignment => timeOf(assignment, now) === 'in_time')
    .map(each => ({ ...each, isUnlimited: each.scope === null && each.condition === null }));
}
