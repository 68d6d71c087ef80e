import { saveClient, saveResourceServer } from '../clients/index.ts';
import type { Clock } from '../kernel/index.ts';
import { managementResource, managementResourceServer, managementScopes } from '../management-api/index.ts';
import { accountClientMetadata } from '../oidc/index.ts';
import { saveBuiltInRoles } from '../rbac/index.ts';
import { type Database, lockName, type Sealer } from '../store/index.ts';

interface Deps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
}

/** What Gatehouse needs of itself in its own tables, as this version knows it. Processes that start at once take turns. */
export async function saveOwnRecords({ database, clock, sealer }: Deps, issuer: string): Promise<void> {
  await database.prisma.$transaction(async transaction => {
    const deps = { transaction, clock, sealer };
    await lockName(transaction, 'own records');
    await saveResourceServer(deps, managementResourceServer(issuer));
    await saveBuiltInRoles(deps, {
      resourceServer: managementResource(issuer),
      permissions: managementScopes,
    });
    await saveClient(deps, { metadata: accountClientMetadata(issuer), secret: undefined });
  });
}
