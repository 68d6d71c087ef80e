import { accountsRepository, createAccount, emailKeyOf } from '../accounts/index.ts';
import { saveAuthorizationDetailsType, saveClient, saveResourceServer } from '../clients/index.ts';
import { type Clock, dateOf } from '../kernel/index.ts';
import { type PasswordHasher, storePasswordHash } from '../passwords/index.ts';
import { assignRole, createRole, type RbacDeps } from '../rbac/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import type { DemoFacts } from './demo-facts.ts';
import type { DemoPlan } from './demo-plan.ts';

type DemoRole = DemoPlan['roles'][number];

interface Deps {
  database: Database;
  hasher: PasswordHasher;
  sealer: Sealer;
  clock: Clock;
}

/** Registers what config/demo.yaml lists. Clients are brought to what is written there; the account is only made. */
export async function seed(
  { database, hasher, sealer, clock }: Deps,
  plan: DemoPlan,
  facts: Pick<DemoFacts, 'account' | 'clients'> & { isPasswordNew: boolean },
): Promise<void> {
  const account = await accountsRepository(database).findByEmailKey(emailKeyOf(plan.account.email));
  const needsPassword = account === undefined || facts.isPasswordNew;
  const hash = needsPassword ? await hasher.hash(facts.account.password) : undefined;

  await database.prisma.$transaction(async transaction => {
    const deps = { transaction, clock, sealer };
    const accountId =
      account?.id ?? (await createAccount(deps, { ...plan.account, isEmailVerified: true, isOwner: false }));
    if (hash !== undefined)
      await storePasswordHash(transaction, { accountId, hash, changedAt: dateOf(clock) });
    for (const server of plan.resourceServers) {
      await saveResourceServer(deps, server);
    }
    for (const type of plan.authorizationDetailsTypes) await saveAuthorizationDetailsType(deps, type);
    for (const metadata of plan.clients) {
      await saveClient(deps, { metadata, secret: facts.clients[metadata.client_id]?.client_secret });
    }
  });
  for (const role of plan.roles) await seedRole({ database, clock, sealer }, role);
}

/** Made once, with whom it is given to: what somebody changed since then stays so. */
async function seedRole(
  deps: RbacDeps,
  { name, description, permissions, clients }: DemoRole,
): Promise<void> {
  if ((await deps.database.prisma.role.count({ where: { name } })) > 0) return;
  const rules = permissions.map(rule => ({ ...rule, effect: 'allow' as const }));
  const by = { kind: 'system' } as const;
  await createRole(deps, { name, description, rules, includes: [] }, by);
  for (const id of clients) await assignRole(deps, { role: name, to: { type: 'client', id } }, by);
}
