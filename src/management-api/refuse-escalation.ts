import { AppError } from '../kernel/index.ts';
import type { Access, PermissionName } from '../rbac/index.ts';
import { type Caller, subjectOf } from './caller.ts';
import { managementResource } from './resource-server.ts';

/**
 * Nobody hands out, or takes away, what they do not hold themselves without limits. Permissions of applications may be
 * handed out by whoever holds `roles:grant` too: an administrator pays no invoices, and says who does.
 * @throws AppError `forbidden` that names what is missing
 */
export async function refuseEscalation(
  { access, issuer }: { access: Access; issuer: string },
  caller: Caller,
  permissions: readonly PermissionName[],
): Promise<void> {
  const own = managementResource(issuer);
  const held = (await access.permissionsOf(subjectOf(caller))).filter(({ isUnlimited }) => isUnlimited);
  const holds = (permission: PermissionName) =>
    held.some(
      ({ resourceServer, name }) => resourceServer === permission.resourceServer && name === permission.name,
    );
  const mayGrant = holds({ resourceServer: own, name: 'roles:grant' });
  const missing = permissions.filter(
    permission => !holds(permission) && !(mayGrant && permission.resourceServer !== own),
  );
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).toSorted();
  throw new AppError('forbidden', `You do not hold this yourself: ${names.join(', ')}.`);
}

/**
 * Nobody gets hold of an account that may do more here than they may themselves: whoever lets somebody in could be let in.
 * @throws AppError `forbidden`
 */
export async function refuseHigher(
  deps: { access: Access; issuer: string },
  caller: Caller,
  accountId: string,
): Promise<void> {
  const theirs = await deps.access.permissionsOf({ type: 'account', id: accountId });
  const own = managementResource(deps.issuer);
  await refuseEscalation(
    deps,
    caller,
    theirs.filter(({ resourceServer }) => resourceServer === own),
  );
}
