import {
  authorizationCodeGrant,
  fetchUserInfo,
  refreshTokenGrant,
  skipSubjectCheck,
  tokenIntrospection,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { withdrawConsent } from '../../src/oidc/index.ts';
import { encryptionKeys } from '../../src/start/index.ts';
import { createPostgresArtifactStore, createSealer, openDatabase } from '../../src/store/index.ts';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { selectRows } from '../support/services.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());

const asked = (forms: readonly string[]) => forms.includes('consent-form');
const consents = (client: TestClient) =>
  selectRows(
    op.gatehouse.databaseUrl,
    `SELECT account_id, content FROM consent WHERE client_id = '${client.id}'`,
  );
const grants = (client: TestClient) =>
  selectRows(op.gatehouse.databaseUrl, `SELECT grant_id FROM consent_grant WHERE client_id = '${client.id}'`);

async function tokensFor(client: TestClient, scope = 'openid email', agent = op.browser()) {
  const params = scope.includes('offline_access') ? { scope, prompt: 'consent' } : { scope };
  const response = await op.authorize({ client, agent, params });
  return {
    forms: response.forms,
    ...(await authorizationCodeGrant(client.config, response.url, checksOf(response))),
  };
}

describe('consent', () => {
  test('is remembered for this account and client, also in another browser; only what is new is asked', async () => {
    const client = await op.register();
    expect(asked((await op.authorize({ client, params: { scope: 'openid email' } })).forms)).toBe(true);
    const again = await op.authorize({ client, params: { scope: 'openid email' } });
    expect(again.forms).toEqual(['identifier-form', 'password-form']);
    expect(again.params.has('code')).toBe(true);

    const agent = op.browser();
    const more = await op.authorize({ client, agent, params: { scope: 'openid email phone' } });
    expect(asked(more.forms)).toBe(true);
    const silent = await op.authorize({ client, agent: op.browser(), params: { scope: 'openid phone' } });
    expect(asked(silent.forms)).toBe(false);
    expect(await consents(client)).toHaveLength(1);

    const other = await op.register();
    expect(asked((await op.authorize({ client: other })).forms)).toBe(true);
  });

  test('what was left out stays left out, and is not asked again', async () => {
    const client = await op.register();
    const params = { scope: 'openid email phone' };
    await op.authorize({ client, params, ticked: [] });
    const again = await op.authorize({ client, params });
    expect(asked(again.forms)).toBe(false);
    const tokens = await authorizationCodeGrant(client.config, again.url, checksOf(again));
    expect(tokens.scope).toBe('openid email');
  });

  test('signing out of one browser leaves the other signed in, and the consent where it is', async () => {
    const client = await op.register();
    const [one, two] = [op.browser(), op.browser()];
    await op.authorize({ client, agent: one });
    const { access_token } = await tokensFor(client, 'openid email', two);
    const page = await one.open(String(op.metadata.end_session_endpoint));
    await one.submit(page, 'sign-out-form', { logout: 'yes' });
    expect(await fetchUserInfo(client.config, access_token, skipSubjectCheck)).toHaveProperty('sub');
    expect(asked((await op.authorize({ client, params: { scope: 'openid email' } })).forms)).toBe(false);
  });

  test('that is withdrawn ends every token of that app at once, and it has to ask again', async () => {
    const client = await op.register();
    const bystander = await op.register();
    const agent = op.browser();
    const first = await tokensFor(client, 'openid email offline_access', agent);
    const second = await tokensFor(client);
    const kept = await tokensFor(bystander);
    const [row] = await consents(client);
    const database = openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 1 });
    const artifacts = createPostgresArtifactStore({ pool: database.pool, clock: systemClock });
    const sealer = createSealer(encryptionKeys(loadSettings(op.gatehouse.environment)));
    await withdrawConsent(
      { database, clock: systemClock, artifacts, sealer },
      { accountId: String(row?.['account_id']), clientId: client.id },
    );
    for (const { access_token } of [first, second]) {
      await expect(fetchUserInfo(client.config, access_token, skipSubjectCheck)).rejects.toMatchObject({
        status: 401,
      });
      expect(await tokenIntrospection(client.config, access_token)).toEqual({ active: false });
    }
    await expect(refreshTokenGrant(client.config, first.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const silent = await op.authorize({ client, agent, params: { scope: 'openid email', prompt: 'none' } });
    expect(silent.params.get('error')).toBe('consent_required');
    expect(asked((await op.authorize({ client, agent, params: { scope: 'openid email' } })).forms)).toBe(
      true,
    );
    expect(await grants(client)).toHaveLength(1);
    expect(await fetchUserInfo(bystander.config, kept.access_token, skipSubjectCheck)).toHaveProperty('sub');
    await database.close();
  });
});

describe('an app of the house', () => {
  test('skips the question by a real grant, which can be withdrawn and revoked like any other', async () => {
    const client = await op.register({ first_party: true });
    const response = await op.authorize({ client, params: { scope: 'openid email phone' } });
    expect(response.forms).toEqual(['identifier-form', 'password-form']);
    const tokens = await authorizationCodeGrant(client.config, response.url, checksOf(response));
    expect(tokens.scope).toBe('openid email phone');
    expect(await grants(client)).toHaveLength(1);
    // Used twice, a code ends that grant.
    await expect(
      authorizationCodeGrant(client.config, response.url, checksOf(response)),
    ).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(fetchUserInfo(client.config, tokens.access_token, skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
  });

  test('still asks when it wants to be asked, and for access while the person is away', async () => {
    const client = await op.register({ first_party: true });
    const { forms } = await op.authorize({ client, params: { scope: 'openid', prompt: 'consent' } });
    expect(asked(forms)).toBe(true);
    const offline = await tokensFor(client, 'openid offline_access');
    expect(offline).toHaveProperty('refresh_token');
  });

  test('is one by word of an administrator only', async () => {
    const client = await op.register({ first_party: 'yes' });
    expect((await op.authorize({ client })).page.text).toContain('invalid_client_metadata');
    const plain = await op.register({ first_party: false });
    expect(asked((await op.authorize({ client: plain })).forms)).toBe(true);
  });
});
