import { authorizationCodeGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { app, countClients, dynamicClient, manage, register, registered } from './dynamic-client.ts';
import { checksOf } from './fapi-client.ts';
import { callback, type OpUnderTest, startOp } from './op-under-test.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let rp: RpServer;
let op: OpUnderTest;
beforeAll(async () => {
  rp = await startRpServer();
  op = await startOp({ ...rp.environment, DANGEROUSLY_OPEN_REGISTRATION: 'true' });
});
afterAll(async () => {
  await op.close();
  rp.close();
});

/** The page that asks who somebody is, on the way to this app. */
async function firstPage(clientId: string): Promise<string> {
  const params = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: callback,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  const { text } = await op.browser().open(`${op.metadata.authorization_endpoint}?${params.toString()}`);
  expect(text).toContain('id="identifier-form"');
  return text;
}

describe('OpenID Connect Dynamic Client Registration 1.0 · what people see of an app', () => {
  test('oidcc-registration-logo-uri: its logo is on the pages', async () => {
    rp.documents.set('/logo', png);
    const client = await registered(op, { ...app, logo_uri: `${rp.url}/logo` });
    expect(client).toMatchObject({ logo_uri: `${rp.url}/logo` });
    expect(await firstPage(client.client_id)).toContain(`src="/brand/logo/${client.client_id}"`);
    const logo = await fetch(`${op.issuer}/brand/logo/${client.client_id}`);
    expect(Buffer.from(await logo.arrayBuffer())).toEqual(png);
    expect(await firstPage((await registered(op, app)).client_id)).not.toContain('/brand/logo/');
  });

  for (const [name, words] of [
    ['policy_uri', 'Privacy'],
    ['tos_uri', 'Terms'],
  ] as const) {
    test(`oidcc-registration-${name.replace('_', '-')}: the link is on the pages, and is a link to a page`, async () => {
      const address = `https://rp.example/${name}?a=1&b=2`;
      const client = await registered(op, { ...app, [name]: address });
      expect(client).toMatchObject({ [name]: address });
      const link = new RegExp(
        `<a href="https://rp\\.example/${name}\\?a(?:=|&#x3D;)1&amp;b(?:=|&#x3D;)2">[^<]*${words}`,
      );
      expect(await firstPage(client.client_id)).toMatch(link);
      expect(await firstPage((await registered(op, app)).client_id)).not.toMatch(link);
      for (const wrong of ['javascript:alert(1)', 'data:text/html,x', 'nowhere', 1]) {
        expect((await register(op, { ...app, [name]: wrong })).status, String(wrong)).toBe(400);
      }
    });
  }
});

describe('OpenID Connect Dynamic Client Registration 1.0 · sectors', () => {
  const hosts = ['https://rp.example/callback', 'https://other.example/callback'];
  const pairwise = { ...app, redirect_uris: hosts, subject_type: 'pairwise' };

  test('oidcc-registration-sector-uri: one that lists every redirect URI makes apps on several hosts one sector', async () => {
    rp.documents.set('/sector', JSON.stringify(hosts));
    const metadata = { ...pairwise, sector_identifier_uri: `${rp.url}/sector` };
    const subjects = [];
    for (const own of [metadata, { ...metadata, redirect_uris: [callback] }]) {
      const client = await dynamicClient(op, own);
      const response = await op.authorize({ client });
      const tokens = await authorizationCodeGrant(client.config, response.url, checksOf(response));
      subjects.push(tokens.claims()?.sub);
    }
    expect(new Set(subjects).size).toBe(1);
  });

  test.each<[string, () => { status: number; body?: string }]>([
    ['lists only one of the redirect URIs', () => ({ status: 200, body: JSON.stringify([callback]) })],
    ['lists others', () => ({ status: 200, body: '["https://evil.example/callback"]' })],
    ['is no list', () => ({ status: 200, body: JSON.stringify({ redirect_uris: hosts }) })],
    ['lists what is no address', () => ({ status: 200, body: JSON.stringify([...hosts, 1]) })],
    ['is no JSON', () => ({ status: 200, body: hosts.join() })],
    ['is not there', () => ({ status: 404, body: JSON.stringify(hosts) })],
    ['is elsewhere', () => ({ status: 302, body: JSON.stringify(hosts) })],
    [
      'is larger than a list of addresses',
      () => ({ status: 200, body: JSON.stringify([...hosts, 'x'.repeat(70_000)]) }),
    ],
  ])(
    'oidcc-registration-sector-bad: one that %s is refused, and nothing is stored',
    async (_what, document) => {
      rp.documents.set('/bad', document);
      const before = await countClients(op);
      const response = await register(op, { ...pairwise, sector_identifier_uri: `${rp.url}/bad` });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_client_metadata' });
      expect(await countClients(op)).toBe(before);
    },
  );

  test('oidcc-registration-sector-bad: several hosts without a sector are refused, also in a change', async () => {
    expect((await register(op, pairwise)).status).toBe(400);
    const client = await registered(op, { ...pairwise, redirect_uris: [callback] });
    const change = { ...pairwise, client_id: client.client_id };
    expect((await manage(client, 'PUT', change)).status).toBe(400);
    expect(await (await manage(client, 'GET')).json()).toMatchObject({ redirect_uris: [callback] });
  });
});
