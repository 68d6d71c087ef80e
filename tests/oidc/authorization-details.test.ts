import { decodeJwt } from 'jose';
import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  genericGrantRequest,
  initiateBackchannelAuthentication,
  initiateDeviceAuthorization,
  refreshTokenGrant,
  tokenIntrospection,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AuthorizationDetailsType,
  saveAuthorizationDetailsType,
  saveResourceServer,
} from '../../src/clients/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { type Database, openDatabase, type Transaction } from '../../src/store/index.ts';
import { checksOf } from '../conformance/fapi-client.ts';
import {
  type AuthorizationResponse,
  type OpUnderTest,
  startOp,
  type TestClient,
} from '../conformance/op-under-test.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';

const bank = 'https://bank.example/payments';
const archive = 'https://archive.example/';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const cibaGrant = 'urn:openid:params:grant-type:ciba';

const paymentType: AuthorizationDetailsType = {
  type: 'payment',
  resourceServer: bank,
  name: 'Payment',
  schema: {
    type: 'object',
    required: ['payee', 'amount'],
    properties: {
      locations: { type: 'array', items: { type: 'string' } },
      actions: { title: 'What it may do', type: 'array', items: { enum: ['initiate', 'status', 'cancel'] } },
      payee: { type: 'string', title: 'To', maxLength: 60 },
      amount: {
        type: 'object',
        title: 'Amount',
        required: ['sum', 'currency'],
        additionalProperties: false,
        properties: { sum: { type: 'number', title: 'Sum' }, currency: { type: 'string' } },
      },
      urgent: { type: 'boolean', title: 'At once' },
      when: {
        title: 'When',
        oneOf: [
          { const: 'd0', title: 'Today' },
          { const: 'd1', title: 'Tomorrow' },
        ],
      },
      items: {
        type: 'array',
        title: 'Item',
        items: { type: 'object', properties: { what: { type: 'string', title: 'What' } } },
      },
    },
  },
};

const documentType: AuthorizationDetailsType = {
  type: 'document',
  resourceServer: archive,
  name: 'One document',
  schema: { type: 'object', required: ['identifier'], properties: { identifier: { type: 'string' } } },
};

const payment = {
  type: 'payment',
  actions: ['initiate', 'status'],
  payee: 'Rosa <b>Gutiérrez</b>',
  amount: { sum: 1250.5, currency: 'EUR' },
};
const deed = { type: 'document', identifier: 'deed-7' };

let op: OpUnderTest;
let database: Database;
let web: TestClient;
let api: TestClient;
beforeAll(async () => {
  op = await startOp();
  database = openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 2 });
  await write(async deps => {
    for (const [identifier, accessTokenFormat] of [
      [bank, 'jwt'],
      [archive, 'opaque'],
    ] as const) {
      await saveResourceServer(deps, {
        identifier,
        name: identifier === bank ? 'Northern Bank' : 'Archive',
        scopes: ['status'],
        accessTokenFormat,
        accessTokenSigningAlg: 'ES256',
        accessTokenLifetimeSeconds: 300,
      });
    }
    await saveAuthorizationDetailsType(deps, paymentType);
    await saveAuthorizationDetailsType(deps, documentType);
  });
  await isOffered('payment', true);
  const client = {
    client_name: 'Shop',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials', deviceGrant, cibaGrant],
    backchannel_token_delivery_mode: 'poll',
    resource_scopes: { [bank]: 'status', [archive]: 'status' },
    authorization_details_types: ['payment', 'document'],
  };
  web = await op.register(client);
  api = await op.register({ resource_servers: [archive] });
});
afterAll(async () => {
  await database.close();
  await op.close();
});

const write = (work: (deps: { transaction: Transaction; clock: typeof systemClock }) => Promise<void>) =>
  database.prisma.$transaction(transaction => work({ transaction, clock: systemClock }));

/** Discovery says it, without a restart. */
const isOffered = (type: string, wanted: boolean) =>
  until('it is offered or not', async () => {
    const answer = await fetch(`${op.issuer}/.well-known/openid-configuration`);
    const { authorization_details_types_supported: types } = (await answer.json()) as {
      authorization_details_types_supported: string[];
    };
    return types.includes(type) === wanted;
  });

const ask = (details: unknown, params: Record<string, string> = {}, agent?: UserAgent, client = web) =>
  op.authorize({
    client,
    params: {
      authorization_details: typeof details === 'string' ? details : JSON.stringify(details),
      ...params,
    },
    ...(agent === undefined ? {} : { agent }),
  });

const redeem = (response: AuthorizationResponse, params: Record<string, string> = {}) =>
  authorizationCodeGrant(web.config, response.url, checksOf(response), params);

const asParam = (...details: unknown[]) => ({ authorization_details: JSON.stringify(details) });

describe('RFC 9396 · what somebody allows in detail', () => {
  test('the person reads every field under its title, and the token says what was allowed', async () => {
    const agent = op.browser();
    const details = [
      { ...payment, urgent: true, when: 'd1', items: [{ what: 'Tea' }, { what: 'Cups' }], locations: [bank] },
    ];
    const { page } = await showConsent(agent, details);
    for (const text of [
      'Payment',
      'Northern Bank',
      'What it may do</dt><dd><bdi>initiate and status',
      'To</dt><dd><bdi>Rosa &lt;b&gt;Gutiérrez&lt;/b&gt;',
      'Amount · Sum</dt><dd><bdi>1,250.5',
      'Amount · currency</dt><dd><bdi>EUR',
      'At once</dt><dd><bdi>Yes',
      'When</dt><dd><bdi>Tomorrow',
      'Item 2 · What</dt><dd><bdi>Cups',
    ]) {
      expect(page.text).toContain(text);
    }
    const tokens = await redeem(await ask(details, {}, agent));
    expect(tokens['authorization_details']).toEqual(details);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: bank, authorization_details: details });
  });

  test('it is asked every time, and never silently', async () => {
    const agent = op.browser();
    const first = await ask([payment], {}, agent);
    expect(first.forms).toContain('consent-form');
    const second = await ask([payment], {}, agent);
    expect(second.forms).toEqual(['consent-form']);
    const silent = await ask([payment], { prompt: 'none' }, agent);
    expect(silent.params.get('error')).toBe('consent_required');
    const without = await op.authorize({ client: web, agent });
    expect(without.forms).toEqual([]);
    expect(await redeem(without)).not.toHaveProperty('authorization_details');
  });

  test('a refusal gives nothing', async () => {
    const agent = op.browser();
    const { page } = await showConsent(agent, [payment]);
    const after = await agent.submit(page, 'consent-form', { action: 'cancel' });
    expect(new URL(after.url).searchParams.get('error')).toBe('access_denied');
    expect(after.url).not.toContain('code=');
  });

  test('pushed, they are the same', async () => {
    const { pushed_authorization_request_endpoint: endpoint = '' } = op.metadata;
    const response = await op.authorize({
      client: web,
      pack: async params => {
        const answer = await fetch(endpoint, {
          method: 'POST',
          headers: {
            Authorization: `Basic ${btoa(`${web.id}:${web.secret ?? ''}`)}`,
          },
          body: new URLSearchParams({ ...params, ...asParam(payment) }),
        });
        const { request_uri } = (await answer.json()) as { request_uri: string };
        return { client_id: web.id, request_uri };
      },
    });
    expect((await redeem(response))['authorization_details']).toEqual([payment]);
  });

  test('a device asks, and the person allows it in the browser', async () => {
    const started = await initiateDeviceAuthorization(web.config, { scope: 'openid', ...asParam(payment) });
    const agent = op.browser();
    const entry = await agent.open(started.verification_uri_complete ?? '');
    const { page, forms } = await answerPages(
      agent,
      await agent.submit(entry, 'device-confirm-form'),
      op.person,
    );
    expect(forms).toContain('consent-form');
    expect(page.text).toContain('Your device is connected');
    const tokens = await genericGrantRequest(web.config, deviceGrant, { device_code: started.device_code });
    expect(tokens['authorization_details']).toEqual([payment]);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ authorization_details: [payment] });
  });

  test('somebody elsewhere reads them before approving', async () => {
    const { auth_req_id } = await initiateBackchannelAuthentication(web.config, {
      scope: 'openid',
      login_hint: op.person.email,
      ...asParam(payment),
    });
    const [row] = await selectRows(op.gatehouse.databaseUrl, 'SELECT id FROM backchannel_request');
    const agent = op.browser();
    const start = await agent.open(`${op.issuer}/approve/${String(row?.['id'])}`);
    const { page } = await answerPages(agent, start, op.person);
    expect(page.text).toContain('Amount · Sum</dt><dd><bdi>1,250.5');
    await agent.submit(page, 'approve-form', { decision: 'approved' });
    const tokens = await genericGrantRequest(web.config, cibaGrant, { auth_req_id });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ authorization_details: [payment] });
  });

  test('a program asks for itself', async () => {
    const tokens = await clientCredentialsGrant(web.config, asParam(payment));
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: bank, authorization_details: [payment] });
  });
});

describe('RFC 9396 · for whom, and less', () => {
  test('each API gets a token with its own details, and learns them by introspection too', async () => {
    const response = await ask([payment, deed], { scope: 'openid offline_access', prompt: 'consent' });
    const first = await redeem(response, { resource: bank });
    expect(first['authorization_details']).toEqual([payment]);
    const second = await refreshTokenGrant(web.config, first.refresh_token ?? '', { resource: archive });
    expect(second['authorization_details']).toEqual([deed]);
    expect(await tokenIntrospection(api.config, second.access_token)).toMatchObject({
      active: true,
      authorization_details: [deed],
    });
  });

  test('a token may have less than was allowed, and never more', async () => {
    const response = await ask([payment], { scope: 'openid offline_access', prompt: 'consent' });
    const less = { ...payment, actions: ['status'] };
    const first = await redeem(response, asParam(less));
    expect(decodeJwt(first.access_token)).toMatchObject({ authorization_details: [less] });
    const again = await refreshTokenGrant(web.config, first.refresh_token ?? '');
    expect(again['authorization_details']).toEqual([payment]);
    for (const more of [
      { ...payment, actions: ['initiate', 'status', 'cancel'] },
      { ...payment, actions: [] },
      { ...payment, amount: { sum: 1, currency: 'EUR' } },
      { ...payment, urgent: true },
      { type: 'payment', payee: payment.payee, amount: payment.amount },
    ]) {
      const refused = refreshTokenGrant(web.config, again.refresh_token ?? '', asParam(more));
      await expect(refused, JSON.stringify(more)).rejects.toMatchObject({
        error: 'invalid_authorization_details',
      });
    }
    const other = refreshTokenGrant(web.config, again.refresh_token ?? '', asParam(deed));
    await expect(other).rejects.toMatchObject({ error: 'invalid_target' });
  });

  test.each([
    ['a type that nobody registered', [{ type: 'wish' }], 'unsupported authorization details type'],
    ['no list', { type: 'payment' }, 'should be a JSON array'],
    ['no JSON', '{', 'could not parse'],
    ['a field that is missing', [{ ...payment, payee: undefined }], 'payee'],
    ['a field of another kind', [{ ...payment, amount: { sum: '1', currency: 'EUR' } }], 'amount: sum'],
    ['a field that nobody knows', [{ ...payment, "it's": 1 }], "Unrecognized key: 'it's'"],
    [
      'the address of another API',
      [{ ...payment, locations: ['https://evil.example'] }],
      'its only location',
    ],
    ['more than a person would read', Array.from({ length: 11 }, () => payment), 'at most 10'],
  ])('refused: %s', async (_what, details, reason) => {
    const response = await ask(details);
    expect(response.params.get('error')).toBe('invalid_authorization_details');
    expect(response.params.get('error_description')).toContain(reason);
  });

  test('refused: details for an API that the request does not name, or the client is not registered for', async () => {
    const elsewhere = await ask([payment], { resource: archive });
    expect(elsewhere.params.get('error_description')).toContain(`it is for ${bank}`);
    const named = await ask([payment], { resource: bank });
    expect((await redeem(named))['authorization_details']).toEqual([payment]);
    const listed = await op.register({ authorization_details_types: ['payment'] });
    expect((await ask([payment], {}, undefined, listed)).params.get('error')).toBe('invalid_target');
    const unlisted = await op.register({ resource_scopes: { [bank]: 'status' } });
    const refused = await ask([payment], {}, undefined, unlisted);
    expect(refused.params.get('error_description')).toContain('not allowed for this client');
  });

  test('a type that is taken away is gone everywhere, and its clients go on', async () => {
    await write(deps => saveAuthorizationDetailsType(deps, { ...documentType, type: 'passing' }));
    await isOffered('passing', true);
    const client = await op.register({
      resource_scopes: { [archive]: 'status' },
      authorization_details_types: ['passing'],
    });
    const asked = await ask([{ ...deed, type: 'passing' }], { prompt: 'consent' }, undefined, client);
    await runSql(op.gatehouse.databaseUrl, `DELETE FROM authorization_details_type WHERE type = 'passing'`);
    await isOffered('passing', false);
    const tokens = await authorizationCodeGrant(client.config, asked.url, checksOf(asked));
    expect(tokens).not.toHaveProperty('authorization_details');
    const refused = await ask([{ ...deed, type: 'passing' }], {}, undefined, client);
    expect(refused.params.get('error')).toBe('invalid_authorization_details');
    expect((await op.authorize({ client })).params.get('code')).not.toBeNull();
  });

  test('a schema that would not be checked is not saved', async () => {
    const schema = { type: 'object', if: {}, else: {} };
    await expect(
      write(deps => saveAuthorizationDetailsType(deps, { ...documentType, schema })),
    ).rejects.toThrow('not supported');
  });
});

/** Signs in, as far as the consent page. */
async function showConsent(agent: UserAgent, details: unknown) {
  await op.authorize({ client: web, agent });
  const query = new URLSearchParams({
    client_id: web.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: 'https://rp.example/callback',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    authorization_details: JSON.stringify(details),
  });
  return { page: await agent.open(`${op.metadata.authorization_endpoint ?? ''}?${query.toString()}`) };
}
