import { generateKeyPair } from 'jose';
import {
  clientCredentialsGrant,
  fetchUserInfo,
  genericGrantRequest,
  initiateBackchannelAuthentication,
} from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerPages } from '../support/relying-party.ts';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';
import { askSigned, grantType, kiosk } from './ciba-client.ts';
import { type FapiClient, registerFapi } from './fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let rp: RpServer;
let op: OpUnderTest;
let client: TestClient;
let pinged: TestClient;
beforeAll(async () => {
  rp = await startRpServer();
  op = await startOp(rp.environment);
  client = await op.register({ ...kiosk, backchannel_token_delivery_mode: 'poll' });
  pinged = await op.register({
    ...kiosk,
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: `${rp.url}/ping`,
  });
});
afterAll(async () => {
  await op.close();
  rp.close();
});
afterEach(() => vi.useRealTimers());

const ask = (params: Record<string, string> = {}, by = client) =>
  initiateBackchannelAuthentication(by.config, {
    scope: 'openid email',
    login_hint: op.person.email,
    binding_message: 'TABLE-7',
    ...params,
  });

const poll = (auth_req_id: string, by = client) => genericGrantRequest(by.config, grantType, { auth_req_id });
const pending = { error: 'authorization_pending' };

async function newest(): Promise<string> {
  const rows = await selectRows(
    op.gatehouse.databaseUrl,
    'SELECT id FROM backchannel_request ORDER BY id DESC LIMIT 1',
  );
  return String(rows[0]?.['id']);
}

/** The person opens the link in the mail, signs in if need be, and presses a button. */
async function decide(decision: 'approved' | 'denied', agent: UserAgent = op.browser(), id?: string) {
  const first = await agent.open(`${op.issuer}/approve/${id ?? (await newest())}`);
  const { page } = await answerPages(agent, first, op.person);
  return { page, after: await agent.submit(page, 'approve-form', { decision }) };
}

describe('OpenID Connect CIBA Core 1.0', () => {
  test('fapi-ciba-id1: the client asks, the person signs in and approves, the client gets its tokens', async () => {
    const { auth_req_id, expires_in } = await ask();
    expect(expires_in).toBe(600);
    await expect(poll(auth_req_id)).rejects.toMatchObject(pending);
    const { page, after } = await decide('approved');
    expect(page.text).toContain('Kiosk asks for you');
    expect(page.text).toContain('TABLE-7');
    expect(page.text).toContain('See your email address');
    expect(after.text).toContain('It is approved');
    const tokens = await poll(auth_req_id);
    const person = await fetchUserInfo(client.config, tokens.access_token, tokens.claims()?.sub ?? '');
    expect(person['email']).toBe(op.person.email);
    await expect(poll(auth_req_id)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('the person gets a mail that says who asks and where to decide', async () => {
    await ask({ binding_message: 'LOUNGE 12' });
    const id = await newest();
    const mail = await until('the mail is there', async () => {
      const text = await (await fetch(`${op.gatehouse.facts.mailbox_url}/messages.json`)).text();
      return text.includes(id) ? text : undefined;
    });
    expect(mail).toContain('LOUNGE 12');
    expect(mail).toContain('Kiosk asks for you');
  });

  test('denied: the client is told, and nothing was given', async () => {
    const { auth_req_id } = await ask();
    expect((await decide('denied')).after.text).toContain('Nothing was approved');
    await expect(poll(auth_req_id)).rejects.toMatchObject({ error: 'access_denied' });
  });

  test('ping: the client is told when it is decided, with its own token, and can ask at once', async () => {
    rp.received.length = 0;
    rp.documents.set('/ping', () => ({ status: 204 }));
    const client_notification_token = 'notify-me-0123456789';
    const { auth_req_id } = await ask({ client_notification_token }, pinged);
    await decide('approved');
    await until('it is told', () => Promise.resolve(rp.received.length === 1));
    const [notification] = rp.received;
    expect(notification).toMatchObject({ method: 'POST', path: '/ping' });
    expect(notification?.headers['authorization']).toBe(`Bearer ${client_notification_token}`);
    expect(JSON.parse(notification?.body ?? '')).toEqual({ auth_req_id });
    expect(await poll(auth_req_id, pinged)).toHaveProperty('access_token');
    const stored = JSON.stringify([
      await selectRows(op.gatehouse.databaseUrl, 'SELECT * FROM backchannel_request'),
      await selectRows(op.gatehouse.databaseUrl, 'SELECT * FROM artifact'),
    ]);
    expect(stored).not.toContain(client_notification_token);
    expect(stored).not.toContain(auth_req_id);
  });

  test('somebody else who is signed in cannot approve, nor another browser by its form', async () => {
    const { auth_req_id } = await ask();
    const id = await newest();
    const agent = op.browser();
    const page = await agent.open(`${op.issuer}/approve/${id}`);
    expect(page.text).toContain('identifier-form');
    const forged = await agent.send('POST', `${op.issuer}/approve/${id}`, 'decision=approved', {
      Origin: op.issuer,
    });
    expect(forged.status).not.toBe(200);
    await expect(poll(auth_req_id)).rejects.toMatchObject(pending);
    const signedIn = op.browser();
    await op.authorize({ client: await op.register(), agent: signedIn });
    const csrf = await signedIn.send('POST', `${op.issuer}/approve/${id}`, 'decision=approved', {
      Origin: op.issuer,
    });
    expect(csrf.status).toBe(403);
    await expect(poll(auth_req_id)).rejects.toMatchObject(pending);
    expect((await decide('approved', signedIn, id)).after.text).toContain('It is approved');
  });

  test('of two decisions at once one counts; afterwards and after ten minutes it is over', async () => {
    const { auth_req_id } = await ask();
    const agent = op.browser();
    const { page } = await answerPages(
      agent,
      await agent.open(`${op.issuer}/approve/${await newest()}`),
      op.person,
    );
    const answers = await Promise.all(
      (['approved', 'denied', 'approved', 'denied'] as const).map(decision =>
        agent.clone().submit(page, 'approve-form', { decision }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const isApproved = answers.some(({ text }) => text.includes('It is approved'));
    const outcome = await poll(auth_req_id).then(
      () => 'tokens',
      (error: { error: string }) => error.error,
    );
    expect(outcome).toBe(isApproved ? 'tokens' : 'access_denied');

    const late = await ask();
    const id = await newest();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 608_000 });
    expect((await op.browser().open(`${op.issuer}/approve/${id}`)).status).toBe(410);
    await expect(poll(late.auth_req_id)).rejects.toMatchObject({ error: 'expired_token' });
  });

  const wrong: [string, Record<string, string>, string][] = [
    ['nobody by that name', { login_hint: 'nobody@lantern.example' }, 'unknown_user_id'],
    ['two hints', { id_token_hint: 'x' }, 'invalid_request'],
    ['a hint we do not read', { login_hint: '', login_hint_token: 'x' }, 'invalid_request'],
    ['a message that could be markup', { binding_message: '<b>' }, 'invalid_binding_message'],
    ['a message that is too long', { binding_message: 'x'.repeat(65) }, 'invalid_binding_message'],
    ['no openid', { scope: 'email' }, 'invalid_request'],
    ['an expiry that is none', { requested_expiry: '-1' }, 'invalid_request'],
  ];
  for (const [name, params, error] of wrong) {
    test(`fapi-ciba: refused: ${name}`, async () => {
      await expect(ask(params)).rejects.toMatchObject({ error });
    });
  }

  test('signed in as somebody else, one is asked to sign in as who is meant; who turns back decided nothing', async () => {
    const { auth_req_id } = await ask();
    const id = await newest();
    await runSql(
      op.gatehouse.databaseUrl,
      `INSERT INTO account (id, email, email_key, created_at, updated_at)
       VALUES ('01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a', 'eve@example.com', 'eve@example.com', now(), now())`,
    );
    await runSql(
      op.gatehouse.databaseUrl,
      `UPDATE backchannel_request SET account_id = '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a' WHERE id = '${id}'`,
    );
    const agent = op.browser();
    await op.authorize({ client: await op.register(), agent });
    const page = await agent.open(`${op.issuer}/approve/${id}`);
    expect(page.text).toContain('identifier-form');
    expect(page.text).toContain('eve@example.com');
    const back = await agent.submit(page, 'identifier-form', { action: 'cancel' });
    expect(back.text).toContain('Nothing was decided');
    await expect(poll(auth_req_id)).rejects.toMatchObject(pending);
    for (const unknown of ['x', '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3f']) {
      expect((await agent.open(`${op.issuer}/approve/${unknown}`)).status).toBe(410);
    }
  });

  test('what it asks of an API is said in words, and a client that cannot be reached can still ask', async () => {
    const away = await op.register({
      ...kiosk,
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: `${rp.url}/nowhere`,
      resource_scopes: { 'https://notes.example/api': 'notes:read' },
    });
    const params = {
      scope: 'openid notes:read',
      resource: 'https://notes.example/api',
      client_notification_token: 'x',
    };
    const { auth_req_id } = await ask(params, away);
    expect((await decide('approved')).page.text).toContain('Use “notes:read” at Notes on your behalf');
    expect(await poll(auth_req_id, away)).toHaveProperty('access_token');
    await until('the log says so', () =>
      Promise.resolve(op.gatehouse.log.some(({ event }) => event === 'ciba.ping_failed')),
    );
    await expect(ask({ user_code: '1234' })).rejects.toMatchObject({ error: 'invalid_request' });
  });

  test('another client learns nothing with the id of a request', async () => {
    const { auth_req_id } = await ask();
    const other = await op.register({ ...kiosk, backchannel_token_delivery_mode: 'poll' });
    await decide('approved');
    await expect(poll(auth_req_id, other)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await poll(auth_req_id)).toHaveProperty('access_token');
  });

  test('a tool of yours can decide through the management API, with the permission for it only', async () => {
    const resource = `${op.issuer}/api`;
    const tool = async (scope: string, role?: string) => {
      const robot = await op.register({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        resource_scopes: { [resource]: scope },
      });
      if (role !== undefined) await op.giveRole(robot, role);
      const { access_token } = await clientCredentialsGrant(robot.config, { resource, scope });
      return (path: string, body?: object) =>
        fetch(`${op.gatehouse.facts.management_url}/api/v1/backchannel-requests${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
    };
    const reader = await tool('grants:read', 'administrator');
    const decider = await tool('grants:write', 'administrator');
    const auditor = await tool('grants:read grants:write', 'auditor');
    const nobody = await tool('grants:read grants:write');
    const { auth_req_id } = await ask({ binding_message: 'DESK 1' });
    const { items } = (await (await reader('')).json()) as {
      items: { id: string; binding_message: string }[];
    };
    const asked = items.find(({ binding_message }) => binding_message === 'DESK 1');
    expect(asked).toMatchObject({ client_id: client.id, scope: 'openid email' });
    const path = `/${asked?.id}/decision`;
    for (const each of [reader, auditor, nobody]) {
      expect((await each(path, { decision: 'approved' })).status).toBe(403);
    }
    expect((await auditor('')).status).toBe(200);
    expect((await nobody('')).status).toBe(403);
    expect((await decider(path, { decision: 'maybe' })).status).toBe(422);
    expect(
      (await decider('/01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a/decision', { decision: 'denied' })).status,
    ).toBe(404);
    await expect(poll(auth_req_id)).rejects.toMatchObject(pending);
    expect((await decider(path, { decision: 'approved' })).status).toBe(200);
    expect(await poll(auth_req_id)).toHaveProperty('access_token');
    expect((await decider(path, { decision: 'denied' })).status).toBe(404);
  });
});

describe('FAPI-CIBA: what is asked is signed', () => {
  let bank: FapiClient;
  beforeAll(async () => {
    bank = await registerFapi(op, 'fapi2-security', {
      ...kiosk,
      backchannel_token_delivery_mode: 'poll',
    });
  });

  const signed = (wrong?: Parameters<typeof askSigned>[3]) => askSigned(op, bank, {}, wrong);

  test('fapi-ciba-id1-ensure-request-object-signed: signed by the client it is taken, plain it is not', async () => {
    const { auth_req_id } = await signed();
    await decide('approved');
    const { DPoP } = bank;
    const tokens = await genericGrantRequest(bank.config, grantType, { auth_req_id }, { DPoP });
    expect(tokens.token_type).toBe('dpop');
    await expect(
      initiateBackchannelAuthentication(bank.config, { scope: 'openid', login_hint: op.person.email }),
    ).rejects.toMatchObject({ error: 'invalid_request' });
  });

  for (const omit of ['exp', 'nbf', 'iat', 'jti', 'aud', 'iss']) {
    test(`fapi-ciba-id1-ensure-request-object-missing-${omit}-fails`, async () => {
      await expect(signed({ omit })).rejects.toMatchObject({ error: 'invalid_request' });
    });
  }

  test('fapi-ciba-id1-ensure-request-object-bad-signature-fails, and one that is good for more than an hour', async () => {
    const { privateKey } = await generateKeyPair('PS256');
    await expect(signed({ key: privateKey })).rejects.toMatchObject({ error: 'invalid_request' });
    await expect(signed({ lifetimeSeconds: 3_700 })).rejects.toMatchObject({ error: 'invalid_request' });
  });
});
