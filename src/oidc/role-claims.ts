import type { AccessToken, ClientCredentials } from 'oidc-provider';
import { resourceServersRepository, type TokenClaim } from '../clients/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Access, AccessSubject } from '../rbac/index.ts';
import type { Database } from '../store/index.ts';
import { rememberBriefly } from './remember-briefly.ts';

type Claims = Partial<Record<TokenClaim, string[]>>;

export type RoleClaims = (token: AccessToken | ClientCredentials) => Promise<Claims>;

/**
 * What a token for an API says of roles (RFC 9068 section 2.2.3.1), as far as the record of that API wants to hear it: what
 * counts without limits when the token is made. What has a scope or a condition is asked for at the moment it matters.
 */
export function createRoleClaims({
  access,
  database,
  clock,
}: {
  access: Access;
  database: Pick<Database, 'pool'>;
  clock: Clock;
}): RoleClaims {
  const servers = resourceServersRepository(database);
  const findServer = rememberBriefly(clock, identifier => servers.find(identifier));

  return async token => {
    const audience = token.resourceServer?.audience;
    const server = audience === undefined ? undefined : await findServer(audience);
    const wanted = server?.tokenClaims ?? [];
    if (server === undefined || wanted.length === 0) return {};
    const subject = subjectOf(token);
    const claims: Claims = {};
    if (wanted.includes('permissions')) {
      const held = await access.permissionsOf(subject);
      claims.permissions = held
        .filter(({ resourceServer, isUnlimited }) => isUnlimited && resourceServer === server.identifier)
        .map(({ name }) => name)
        .toSorted();
    }
    if (wanted.includes('roles') || wanted.includes('groups')) {
      const { roles, groups } = await access.rolesOf(subject);
      if (wanted.includes('roles')) claims.roles = roles;
      if (wanted.includes('groups')) claims.groups = groups;
    }
    return claims;
  };
}

function subjectOf(token: AccessToken | ClientCredentials): AccessSubject {
  return 'accountId' in token
    ? { type: 'account', id: token.accountId }
    : { type: 'client', id: token.clientId ?? '' };
}
