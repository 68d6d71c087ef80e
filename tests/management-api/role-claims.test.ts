import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveResourceServer } from '../../src/clients/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { managementResource } from '../../src/management-api/index.ts';
import { assignRole, createRole, declarePermission, unassignRole } from '../../src/rbac/index.ts';
import { until } from '../support/services.ts';
import { issuer } from './start-api.ts';
import { startTokenEndpoint, type TokenEndpoint } from './start-token-endpoint.ts';

let endpoint: TokenEndpoint;
beforeAll(async () => {
  endpoint = await startTokenEndpoint();
});
afterAll(() => endpoint.close());

test('a token for an API says of roles what the record of that API wants to hear, as it is at the moment', async () => {
  const { database, sealer } = endpoint.api;
  const deps = { database, clock: systemClock, sealer };
  const by = { kind: 'operator' } as const;
  const identifier = 'https://notes.example';
  await database.prisma.$transaction(async transaction => {
    await saveResourceServer(
      { transaction, clock: systemClock },
      {
        identifier,
        name: 'Notes',
        scopes: ['notes'],
        accessTokenFormat: 'jwt',
        accessTokenSigningAlg: 'ES256',
        accessTokenLifetimeSeconds: 600,
        tokenClaims: ['roles', 'permissions', 'groups'],
      },
    );
  });
  await endpoint.register({ [managementResource(issuer)]: 'accounts:read', [identifier]: 'notes' });
  await declarePermission(deps, { resourceServer: identifier, name: 'notes:read', description: '' }, by);
  const rules = [
    { resourceServer: identifier, permission: 'notes:read', effect: 'allow' as const },
    { resourceServer: managementResource(issuer), permission: 'audit:read', effect: 'allow' as const },
  ];
  await createRole(deps, { name: 'reader of notes', description: '', rules, includes: [] }, by);
  const claims = async () => {
    const issued = await endpoint.askForToken({ resource: identifier, scope: 'notes' });
    return decodeJwt(String(issued['access_token']));
  };
  // The provider asks every few seconds whether a client has changed.
  await until(
    'the client is known for it',
    async () =>
      (await endpoint.askForToken({ resource: identifier, scope: 'notes' }))['access_token'] !== undefined,
  );
  expect(await claims()).toMatchObject({ roles: [], permissions: [], groups: [] });

  const to = { type: 'client', id: 'robot' } as const;
  const { id } = await assignRole(deps, { role: 'reader of notes', to }, by);
  await assignRole(deps, { role: 'auditor', to, scope: { area: 'emea' } }, by);
  expect(await claims()).toMatchObject({
    roles: ['reader of notes'],
    permissions: ['notes:read'],
    groups: [],
  });
  await unassignRole(deps, id, by);
  expect(await claims()).toMatchObject({ roles: [], permissions: [] });
  // What an API does not want to hear is not said.
  for (const name of ['roles', 'permissions', 'groups'] as const) {
    await database.prisma.resourceServer.update({ where: { identifier }, data: { tokenClaims: [name] } });
    await until(`only ${name} are said`, async () => {
      const said = Object.keys(await claims());
      return (
        said.includes(name) &&
        ['roles', 'permissions', 'groups'].filter(each => said.includes(each)).length === 1
      );
    });
  }
  const other = await endpoint.askForToken({ resource: managementResource(issuer), scope: 'accounts:read' });
  expect(decodeJwt(String(other['access_token']))).not.toHaveProperty('roles');
});
