import { type Clock, dateOf, newId } from '../kernel/index.ts';
import type { Transaction } from '../store/index.ts';
import { type BuiltInRole, builtInRoles } from './built-in-roles.ts';
import { countChange } from './change-graph.ts';

/**
 * Brings permissions and roles of the management API to what this version knows. Does nothing where they are that already,
 * so that starting one more process makes nobody read roles anew.
 */
export async function saveBuiltInRoles(
  { transaction, clock }: { transaction: Transaction; clock: Clock },
  { resourceServer, permissions }: { resourceServer: string; permissions: readonly string[] },
): Promise<void> {
  const existing = await transaction.permission.findMany({ where: { resourceServerId: resourceServer } });
  const roles = await transaction.role.findMany({ where: { isBuiltIn: true }, include: { rules: true } });
  const all: readonly BuiltInRole[] = Object.values(builtInRoles);
  const nameOf = new Map(existing.map(({ id, name }) => [id, name]));
  const isCurrent =
    permissions.length === existing.length &&
    existing.every(({ name }) => permissions.includes(name)) &&
    all.every(({ id, name, description, may }) => {
      const rules = roles.find(
        each => each.id === id && each.name === name && each.description === description,
      )?.rules;
      const wanted = permissions.filter(may);
      return (
        rules?.length === wanted.length &&
        rules.every(({ permissionId }) => wanted.includes(nameOf.get(permissionId) ?? ''))
      );
    });
  if (isCurrent) return;

  await countChange(transaction);
  const now = dateOf(clock);
  await transaction.permission.deleteMany({
    where: { resourceServerId: resourceServer, name: { notIn: [...permissions] } },
  });
  await transaction.permission.createMany({
    data: permissions.map(name => ({ id: newId(), resourceServerId: resourceServer, name, createdAt: now })),
    skipDuplicates: true,
  });
  const known = await transaction.permission.findMany({ where: { resourceServerId: resourceServer } });
  for (const { id, name, description, may } of all) {
    const values = { name, description, isBuiltIn: true, updatedAt: now };
    await transaction.role.upsert({
      where: { id },
      create: { id, createdAt: now, ...values },
      update: { ...values, version: { increment: 1 } },
    });
    await transaction.roleRule.deleteMany({ where: { roleId: id } });
    await transaction.roleRule.createMany({
      data: known
        .filter(permission => may(permission.name))
        .map(permission => ({ roleId: id, permissionId: permission.id, effect: 'allow' })),
    });
  }
}
