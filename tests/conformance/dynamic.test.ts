import { authorizationCodeGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordUse, removeUnusedClients } from '../../src/clients/index.ts';
import { openDatabase } from '../../src/store/index.ts';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { runCli } from '../support/run-cli.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import {
  app,
  clientFrom,
  countClients,
  manage,
  type Registered,
  register,
  registered,
} from './dynamic-client.ts';
import { checksOf } from './fapi-client.ts';
import { callback, type OpUnderTest, startOp } from './op-under-test.ts';

let rp: RpServer;
let op: OpUnderTest;
let open: OpUnderTest;
beforeAll(async () => {
  rp = await startRpServer();
  [op, open] = await Promise.all([
    startOp(),
    startOp({ ...rp.environment, DANGEROUSLY_OPEN_REGISTRATION: 'true' }),
  ]);
});
afterAll(async () => {
  await op.close();
  await open.close();
  rp.close();
});

async function signIn(at: OpUnderTest, registration: Registered) {
  const client = await clientFrom(at, registration);
  const response = await at.authorize({ client });
  return authorizationCodeGrant(client.config, response.url, checksOf(response));
}

describe('OpenID Connect Dynamic Client Registration 1.0 · Dynamic', () => {
  test('oidcc-registration: an app registers itself, signs somebody in, and its secret is not in the database', async () => {
    const client = await registered(open, app);
    expect(client).toMatchObject({ ...app, client_secret_expires_at: 0 });
    const tokens = await signIn(open, client);
    expect(tokens.claims()?.aud).toBe(client.client_id);
    const rows = JSON.stringify(await selectRows(open.gatehouse.databaseUrl, 'SELECT * FROM client'));
    expect(rows).toContain(client.client_id);
    expect(rows).not.toContain(client.client_secret);
    expect(rows).not.toContain(client.registration_access_token);
  });

  test('RFC 7592: it reads, changes and removes itself, each time with the token it was given last', async () => {
    const client = await registered(open, app);
    const read = await manage(client, 'GET');
    expect(await read.json()).toMatchObject({ ...app, client_secret: client.client_secret });

    const changed = await manage(client, 'PUT', {
      ...app,
      client_id: client.client_id,
      client_secret: client.client_secret,
      client_name: 'Beacon',
    });
    expect(changed.status).toBe(200);
    const next = (await changed.json()) as Registered;
    expect(next).toMatchObject({ client_name: 'Beacon', client_secret: client.client_secret });
    expect((await manage(client, 'GET')).status).toBe(401);
    const current = { ...client, ...next };
    expect(await (await manage(current, 'GET')).json()).toMatchObject({ client_name: 'Beacon' });
    await expect(signIn(open, current)).resolves.toHaveProperty('id_token');

    expect((await manage(current, 'DELETE')).status).toBe(204);
    expect((await manage(current, 'GET')).status).toBe(401);
    await expect(signIn(open, current)).rejects.toThrow();
    const rows = `SELECT id FROM client WHERE id = '${client.client_id}'`;
    expect(await selectRows(open.gatehouse.databaseUrl, rows)).toEqual([]);
  });

  test('the token of another client opens nothing, and is gone after the attempt', async () => {
    const [one, other] = [await registered(open, app), await registered(open, app)];
    const attempt = { ...one, registration_access_token: other.registration_access_token };
    for (const method of ['GET', 'DELETE']) expect((await manage(attempt, method)).status).toBe(401);
    expect((await manage(one, 'GET')).status).toBe(200);
    expect((await manage(other, 'GET')).status).toBe(401);
  });

  test.each<[string, object]>([
    ['no redirect URI', { redirect_uris: [] }],
    ['a fragment', { redirect_uris: [`${callback}#x`] }],
    ['http elsewhere', { redirect_uris: ['http://rp.example/callback'] }],
    ['a script', { redirect_uris: ['javascript:alert(1)'], application_type: 'native' }],
    [
      'a scheme that is nobody’s domain',
      { redirect_uris: ['lantern:/callback'], application_type: 'native' },
    ],
    ['a wildcard', { redirect_uris: ['https://*.rp.example/callback'] }],
    ['credentials', { redirect_uris: ['https://user:pass@rp.example/callback'] }],
    ['too many', { redirect_uris: Array.from({ length: 21 }, (_, index) => `${callback}${index}`) }],
    ['more than 16 KB', { ...app, client_name: 'x'.repeat(17_000) }],
    ['being an app of the house', { ...app, first_party: true }],
    ['an API of ours', { ...app, resource_scopes: { 'https://notes.example/api': 'notes:read' } }],
    ['to be content with one factor', { ...app, minimum_acr: 'urn:gatehouse:acr:single-factor' }],
    ['the tokens of an API', { ...app, resource_servers: ['https://notes.example/api'] }],
    ['a sector that does not list it', { ...app, sector_identifier_uri: 'https://10.0.0.1/sector' }],
    ['a public client without PKCE', { ...app, token_endpoint_auth_method: 'none', require_pkce: false }],
    [
      'a public client with the implicit flow',
      { ...app, token_endpoint_auth_method: 'none', response_types: ['id_token token'] },
    ],
    [
      'a public client with a hybrid flow',
      { ...app, token_endpoint_auth_method: 'none', response_types: ['code', 'code id_token'] },
    ],
    [
      'a public client with the grant type implicit',
      { ...app, token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'implicit'] },
    ],
  ])('refused, and nothing is stored: %s', async (_what, metadata) => {
    const before = await countClients(open);
    const response = await register(open, metadata);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: expect.stringMatching(/^invalid_(client_metadata|redirect_uri)$/) as string,
    });
    expect(await countClients(open)).toBe(before);
  });

  test('a profile is one word: what it implies comes back, no secret is made, and what contradicts it is refused with the reason', async () => {
    const { jwks } = {
      jwks: {
        keys: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'a' }],
      },
    };
    const fapi = { redirect_uris: app.redirect_uris, profile: 'fapi2-security', jwks };
    const client = (await registered(open, fapi)) as unknown as Record<string, unknown>;
    expect(client).toMatchObject({
      profile: 'fapi2-security',
      token_endpoint_auth_method: 'private_key_jwt',
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: 'PS256',
    });
    expect(client).not.toHaveProperty('client_secret');
    const refused = await register(open, { ...fapi, token_endpoint_auth_method: 'client_secret_post' });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: 'invalid_client_metadata',
      error_description: expect.stringContaining(
        'token_endpoint_auth_method must be private_key_jwt',
      ) as string,
    });
  });

  test('code with PKCE is what a public client has, and why it cannot leave that is said', async () => {
    const flows = { response_types: ['code id_token'], grant_types: ['authorization_code', 'implicit'] };
    const refused = await register(open, { ...app, ...flows, token_endpoint_auth_method: 'none' });
    expect(await refused.json()).toEqual({
      error: 'invalid_client_metadata',
      error_description:
        'response_types may only have the code flow, with PKCE, for a client that does not authenticate (token_endpoint_auth_method none)',
    });
    expect(await registered(open, { ...app, ...flows })).toMatchObject(flows);
    const client = await registered(open, { ...app, token_endpoint_auth_method: 'none' });
    expect(client).toMatchObject({ response_types: ['code'], grant_types: ['authorization_code'] });
    // Nor later on (RFC 7592).
    const own = { ...app, client_id: client.client_id, token_endpoint_auth_method: 'none' };
    expect((await manage(client, 'PUT', { ...own, ...flows })).status).toBe(400);
    expect(await (await manage(client, 'GET')).json()).toMatchObject({ response_types: ['code'] });
  });

  test('metadata of ours that holds nonsense is refused', async () => {
    const nonsense = [
      { require_pkce: 'no' },
      { id_token_scope_claims: 1 },
      { request_uris: ['http://rp.example/x'] },
      { refresh_token_idle_lifetime: 5 },
      { refresh_token_total_lifetime: '1d' },
      { frontchannel_logout_session_required: 'yes' },
      { frontchannel_logout_uri: 'nowhere' },
      { allowed_origins: 'https://app.example' },
      { allowed_origins: ['https://app.example/'] },
      { allowed_origins: ['http://app.example'] },
      { allowed_origins: ['*'] },
      { allowed_origins: ['null'] },
      { allowed_origins: ['com.app:'] },
      { allowed_origins: Array.from({ length: 21 }, (_, index) => `https://app${index}.example`) },
    ];
    for (const metadata of nonsense) {
      const response = await register(open, { ...app, ...metadata });
      expect(response.status, JSON.stringify(metadata)).toBe(400);
    }
  });

  test('what the client chose for its id, its secret and unknown names is not taken', async () => {
    const client = await registered(open, {
      ...app,
      client_id: 'demo-web',
      client_secret: 'chosen',
      is_enabled: true,
    });
    expect(client.client_id).not.toBe('demo-web');
    expect(client.client_secret).not.toBe('chosen');
    expect(client).not.toHaveProperty('is_enabled');
    expect(client).not.toHaveProperty('first_party');
  });

  test('what an administrator gave it stays through its own changes', async () => {
    const client = await registered(open, app);
    const granted = { 'https://notes.example/api': 'notes:read' };
    await runSql(
      open.gatehouse.databaseUrl,
      `UPDATE client SET metadata = metadata || '{"resource_scopes": ${JSON.stringify(granted)}}', version = version + 1
       WHERE id = '${client.client_id}'`,
    );
    const own = { ...app, client_id: client.client_id };
    const next = (await (await manage(client, 'PUT', own)).json()) as Registered;
    const kept = `SELECT metadata->'resource_scopes' AS scopes FROM client WHERE id = '${client.client_id}'`;
    expect(await selectRows(open.gatehouse.databaseUrl, kept)).toEqual([{ scopes: granted }]);
    const more = { ...own, resource_scopes: { 'https://notes.example/api': 'notes:write' } };
    expect((await manage({ ...client, ...next }, 'PUT', more)).status).toBe(400);
    expect(await selectRows(open.gatehouse.databaseUrl, kept)).toEqual([{ scopes: granted }]);
  });

  test('oidcc-registration-sector-uri: a sector is looked into once, when it is registered', async () => {
    rp.documents.set('/sector', () => ({ status: 200, body: JSON.stringify([callback]) }));
    const metadata = { ...app, subject_type: 'pairwise', sector_identifier_uri: `${rp.url}/sector` };
    const client = await registered(open, metadata);
    await signIn(open, client);
    expect(rp.received.map(({ path }) => path)).toEqual(['/sector']);
    const other = { ...metadata, redirect_uris: ['https://other.example/callback'] };
    expect((await register(open, other)).status).toBe(400);
  });
});

describe('RFC 7591 section 3 · Initial access tokens', () => {
  const cli = (...words: string[]) => runCli(op.gatehouse.environment, 'registration-tokens', ...words);

  test('without one nobody registers', async () => {
    for (const token of [undefined, 'made-up']) {
      expect((await register(op, app, token)).status).toBe(401);
    }
    expect(await countClients(op)).toBe(0);
  });

  test('of twenty at once only as many register as the quota has', async () => {
    const { said: token } = await cli('create', '--quota', '5');
    expect(token).toMatch(/^[\w-]{43}$/);
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(op, app, token)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(await countClients(op)).toBe(5);
    expect((await cli('list')).said).toMatch(/^[\w-]{36} {2}5 of 5 clients {2}any scope {2}until \S+$/m);
    expect((await register(op, app, token)).status).toBe(401);
  });

  test('what it does not allow is not registered, and does not count', async () => {
    const { said: token } = await cli('create', '--scope', 'openid email');
    expect((await register(op, { ...app, scope: 'openid phone' }, token)).status).toBe(400);
    expect((await register(op, { ...app, redirect_uris: ['http://rp.example'] }, token)).status).toBe(400);
    const response = await register(op, app, token);
    expect(await response.json()).toMatchObject({ scope: 'openid email' });
  });

  test('what the token allowed holds for its changes too (RFC 7592)', async () => {
    const { said: token } = await cli('create', '--scope', 'openid email');
    let client = (await (await register(op, app, token)).json()) as Registered;
    const own = { ...app, client_id: client.client_id };
    const stored = `SELECT metadata->>'scope' AS scope FROM client WHERE id = '${client.client_id}'`;
    const change = async (more: object) => {
      const response = await manage(client, 'PUT', { ...own, ...more });
      const answer = (await response.json()) as Registered;
      if (response.status === 200) client = { ...client, ...answer };
      return { status: response.status, answer };
    };
    for (const more of [{ scope: 'openid phone' }, { scope: 'openid', allowed_scope: 'openid phone' }]) {
      expect(await change(more)).toMatchObject({ status: 400, answer: { error: 'invalid_client_metadata' } });
    }
    expect(await selectRows(op.gatehouse.databaseUrl, stored)).toEqual([{ scope: 'openid email' }]);
    // Less is fine, and saying nothing is all that is allowed instead of anything.
    expect(await change({ scope: 'openid' })).toMatchObject({ status: 200, answer: { scope: 'openid' } });
    expect(await change({})).toMatchObject({ status: 200, answer: { scope: 'openid email' } });
    expect(await selectRows(op.gatehouse.databaseUrl, stored)).toEqual([{ scope: 'openid email' }]);
  });

  test('revoked or expired it is nothing', async () => {
    const { said: token } = await cli('create');
    const id = /^(\S+) {2}0 of 1/m.exec((await cli('list')).said)?.[1] ?? '';
    expect((await cli('revoke', id)).code).toBe(0);
    expect((await register(op, app, token)).status).toBe(401);
    expect(await cli('revoke', id)).toEqual({
      code: 1,
      said: `There is no token ${id}. "registration-tokens list" shows all.`,
    });
    const { said: old } = await cli('create');
    await runSql(op.gatehouse.databaseUrl, 'UPDATE initial_access_token SET expires_at = now()');
    expect((await register(op, app, old)).status).toBe(401);
    expect((await cli('create', '--quota', 'many')).said).toContain(
      'It must be a whole number from 1 to 999999.',
    );
  });
});

describe('a client that registered itself and was never used', () => {
  test('is removed after its time, one that was used is not', async () => {
    const [used, unused] = [await registered(open, app), await registered(open, app)];
    await signIn(open, used);
    const database = openDatabase({ url: open.gatehouse.databaseUrl, poolSize: 1 });
    const lastUse = `SELECT last_used_at FROM client WHERE id = '${used.client_id}' AND last_used_at IS NOT NULL`;
    await until(
      'its use was noted',
      async () => (await selectRows(open.gatehouse.databaseUrl, lastUse)).length === 1,
    );
    const later = { database, clock: { now: () => Date.now() + 31 * 86_400_000 } };
    await recordUse(later, 'demo-web');
    expect(await removeUnusedClients({ database, clock: { now: () => Date.now() } }, 30)).toBe(0);
    expect(await removeUnusedClients(later, 30)).toBeGreaterThan(0);
    expect((await manage(used, 'GET')).status).toBe(200);
    expect((await manage(unused, 'GET')).status).toBe(401);
    // Those that operators registered are theirs to remove.
    const others = 'SELECT last_used_at FROM client WHERE NOT is_self_registered';
    expect(await selectRows(open.gatehouse.databaseUrl, others)).toContainEqual({ last_used_at: null });
    await database.close();
  });
});
