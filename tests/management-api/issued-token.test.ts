import { afterAll, beforeAll, expect, test } from 'vitest';
import { managementResource } from '../../src/management-api/index.ts';
import { issuer } from './start-api.ts';
import { startTokenEndpoint, type TokenEndpoint } from './start-token-endpoint.ts';

let endpoint: TokenEndpoint;
beforeAll(async () => {
  endpoint = await startTokenEndpoint();
});
afterAll(() => endpoint.close());

test('a token as the provider issues it for this API is let in, and another one is not', async () => {
  const issued = await endpoint.askForToken({ resource: managementResource(issuer), scope: 'accounts:read' });
  expect(issued).toMatchObject({ token_type: 'Bearer', expires_in: 600 });
  const response = await endpoint.api.get('/api/v1/me', String(issued['access_token']));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    client_id: 'robot',
    subject: null,
    account: null,
    scopes: ['accounts:read'],
    permissions: [],
    issuer,
  });

  const other = await endpoint.askForToken({});
  expect(other['token_type']).toBe('Bearer');
  expect((await endpoint.api.get('/api/v1/me', String(other['access_token']))).status).toBe(401);
});

test('a client is not given a scope that it is not registered for', async () => {
  const issued = await endpoint.askForToken({
    resource: managementResource(issuer),
    scope: 'accounts:read keys:rotate',
  });
  const response = await endpoint.api.get('/api/v1/me', String(issued['access_token']));
  expect(await response.json()).toMatchObject({ scopes: ['accounts:read'] });
});
