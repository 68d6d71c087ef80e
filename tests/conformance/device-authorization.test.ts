import {
  type DeviceAuthorizationResponse,
  fetchUserInfo,
  genericGrantRequest,
  initiateDeviceAuthorization,
  refreshTokenGrant,
} from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerPages } from '../support/relying-party.ts';
import { selectRows } from '../support/services.ts';
import { declining } from './declining.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
const television = {
  token_endpoint_auth_method: 'none',
  grant_types: [grantType, 'refresh_token'],
  redirect_uris: [],
  response_types: [],
};

let op: OpUnderTest;
let client: TestClient;
let other: TestClient;
beforeAll(async () => {
  op = await startOp();
  client = await op.register(television);
  other = await op.register(television);
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

const ask = (by = client) => initiateDeviceAuthorization(by.config, { scope: 'openid email' });
const poll = (device_code: string, by = client) => genericGrantRequest(by.config, grantType, { device_code });

const pending = { error: 'authorization_pending' };
const invalid = { error: 'invalid_grant' };

/** At the page where one says that the device shows this code. */
async function confirming({ user_code }: DeviceAuthorizationResponse, agent = op.browser()) {
  const entry = await agent.open(`${op.issuer}/device`);
  return { agent, page: await agent.submit(entry, 'device-form', { user_code }) };
}

async function approve(asked: DeviceAuthorizationResponse, by = op.browser()) {
  const { agent, page } = await confirming(asked, by);
  return answerPages(agent, await agent.submit(page, 'device-confirm-form'), op.person);
}

describe('RFC 8628 · Device authorization', () => {
  test('section 3.2: codes that nobody can guess, where to go, and for how long', async () => {
    const [one, two] = [await ask(), await ask()];
    expect(one.device_code).toMatch(/^[\w-]{43}$/);
    // Section 6.1: no vowels that make words, no digits that look like letters.
    expect(one.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(one.verification_uri).toBe(`${op.issuer}/device`);
    expect(one.verification_uri_complete).toContain(one.user_code);
    expect(one.expires_in).toBe(600);
    expect([two.device_code, two.user_code]).not.toEqual([one.device_code, one.user_code]);
    const stored = await selectRows(op.gatehouse.databaseUrl, 'SELECT * FROM artifact');
    for (const code of [one.device_code, one.user_code, one.user_code.replace('-', '')]) {
      expect(JSON.stringify(stored)).not.toContain(code);
    }
  });

  test('section 3.5, authorization_pending: until the person has said yes, and not while they are about to', async () => {
    const asked = await ask();
    await expect(poll(asked.device_code)).rejects.toMatchObject(pending);
    const { agent, page } = await confirming(asked);
    await expect(poll(asked.device_code)).rejects.toMatchObject(pending);
    const first = await agent.submit(page, 'device-confirm-form');
    await expect(poll(asked.device_code)).rejects.toMatchObject(pending);
    expect((await answerPages(agent, first, op.person)).page.text).toContain('Your device is connected');
    const tokens = await poll(asked.device_code);
    const sub = tokens.claims()?.sub ?? '';
    expect(await fetchUserInfo(client.config, tokens.access_token, sub)).toMatchObject({
      email: op.person.email,
    });
  });

  test('section 3.5, expired_token: after ten minutes, also where the person said yes in time', async () => {
    const [undecided, approved] = [await ask(), await ask()];
    await approve(approved);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 608_000 });
    for (const { device_code } of [undecided, approved]) {
      await expect(poll(device_code)).rejects.toMatchObject({ error: 'expired_token' });
    }
    const { page } = await confirming(undecided);
    expect([page.status, page.text.includes('That code is not correct or has expired.')]).toEqual([
      422,
      true,
    ]);
    const fresh = await ask();
    await approve(fresh);
    expect(await poll(fresh.device_code)).toHaveProperty('access_token');
  });

  test('section 3.5, access_denied: the person cancels at the code, or when asked for consent, and that stays so', async () => {
    // Asked for consent is who has not given it before.
    const unknown = await op.register(television);
    const [atCode, atConsent] = [await ask(unknown), await ask(unknown)];
    const { agent, page } = await confirming(atCode);
    expect((await agent.submit(page, 'device-confirm-form', { abort: 'yes' })).text).toContain(
      'Nothing was connected',
    );
    expect((await approve(atConsent, declining(op))).page.text).toContain('Nothing was connected');
    for (const asked of [atCode, atConsent]) {
      await expect(poll(asked.device_code, unknown)).rejects.toMatchObject({ error: 'access_denied' });
      await expect(poll(asked.device_code, unknown)).rejects.toMatchObject(invalid);
      expect((await confirming(asked)).page.status).toBe(422);
    }
  });

  test('another client learns and takes nothing with the code of a device', async () => {
    const asked = await ask();
    await expect(poll(asked.device_code, other)).rejects.toMatchObject(invalid);
    await approve(asked);
    await expect(poll(asked.device_code, other)).rejects.toMatchObject(invalid);
    expect((await poll(asked.device_code)).claims()).toMatchObject({ aud: client.id });
  });

  test('it is good once: used again, what it bought is worth nothing from then on', async () => {
    const asked = await initiateDeviceAuthorization(client.config, { scope: 'openid offline_access' });
    await approve(asked);
    const tokens = await poll(asked.device_code);
    const sub = tokens.claims()?.sub ?? '';
    expect(tokens.refresh_token).toBeDefined();
    expect(await fetchUserInfo(client.config, tokens.access_token, sub)).toHaveProperty('sub');
    await expect(poll(asked.device_code)).rejects.toMatchObject(invalid);
    await expect(fetchUserInfo(client.config, tokens.access_token, sub)).rejects.toMatchObject({
      status: 401,
    });
    await expect(refreshTokenGrant(client.config, String(tokens.refresh_token))).rejects.toMatchObject(
      invalid,
    );
  });

  test('of ten polls at once one gets tokens', async () => {
    const asked = await ask();
    await approve(asked);
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => poll(asked.device_code)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject(invalid);
    }
  });

  test('a wrong code is refused, harms no other, and what was typed stays', async () => {
    const asked = await ask();
    const agent = op.browser();
    for (const user_code of ['BBBB-BBBB', asked.user_code.slice(0, -1), `${asked.user_code}B`, '']) {
      const entry = await agent.open(`${op.issuer}/device`);
      const page = await agent.submit(entry, 'device-form', { user_code });
      expect([page.status, page.text.includes('device-confirm-form')], user_code).toEqual([422, false]);
      expect(page.text).toContain(`value="${user_code}"`);
    }
    await expect(poll(asked.device_code)).rejects.toMatchObject(pending);
    await approve(asked, agent);
    expect(await poll(asked.device_code)).toHaveProperty('access_token');
  });

  test('section 5.4: a form of another site connects nothing, and a code that somebody is busy with is taken', async () => {
    const asked = await ask();
    const agent = op.browser();
    await op.authorize({ client: await op.register(), agent });
    const forged = new URLSearchParams({ user_code: asked.user_code, confirm: 'yes', xsrf: 'guessed' });
    const answer = await agent.send('POST', `${op.issuer}/device`, forged.toString(), {
      'Sec-Fetch-Site': 'cross-site',
    });
    expect(answer.status).toBe(422);
    await expect(poll(asked.device_code)).rejects.toMatchObject(pending);
    const { page } = await confirming(asked, agent);
    await agent.submit(page, 'device-confirm-form');
    expect((await confirming(asked)).page.status).toBe(422);
  });

  test('an identifier of ours or of the person is no device code, and what is missing is said', async () => {
    const asked = await ask();
    for (const wrong of [asked.user_code, asked.user_code.replace('-', ''), `${asked.device_code}x`, 'x']) {
      await expect(poll(wrong), wrong).rejects.toMatchObject(invalid);
    }
    await expect(genericGrantRequest(client.config, grantType, {})).rejects.toMatchObject({
      error: 'invalid_request',
    });
    await expect(poll(asked.device_code)).rejects.toMatchObject(pending);
  });

  test('section 3.1: only clients that are registered for it, and only with their secret', async () => {
    const web = await op.register();
    await expect(ask(web)).rejects.toMatchObject({ error: 'invalid_request' });
    await expect(poll((await ask()).device_code, web)).rejects.toMatchObject({ error: 'invalid_request' });
    const confidential = await op.register({
      ...television,
      token_endpoint_auth_method: 'client_secret_basic',
    });
    const form = (params: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(params) });
    const device = String(op.metadata['device_authorization_endpoint']);
    expect((await fetch(device, form({ client_id: confidential.id }))).status).toBe(401);
    expect((await fetch(device, form({ client_id: 'nobody' }))).status).toBe(401);
    const { device_code } = await ask(confidential);
    const stolen = { grant_type: grantType, client_id: confidential.id, device_code };
    expect((await fetch(String(op.metadata.token_endpoint), form(stolen))).status).toBe(401);
    await expect(poll(device_code, confidential)).rejects.toMatchObject(pending);
  });
});
