import { authorizationCodeGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { until } from '../support/services.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());

/** What this client sees of the demo account, in the ID token and from userinfo. */
async function subjectFor(client: TestClient): Promise<string> {
  const response = await op.authorize({ client });
  const tokens = await authorizationCodeGrant(client.config, response.url, {
    pkceCodeVerifier: response.sent.verifier,
    expectedState: response.sent.state,
    expectedNonce: response.sent.nonce,
  });
  const userinfo = await fetch(String(op.metadata.userinfo_endpoint), {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  });
  const { sub } = (await userinfo.json()) as { sub: string };
  expect(tokens.claims()?.sub).toBe(sub);
  return sub;
}

describe('OpenID Connect Core 1.0 section 8 · Subject identifier types', () => {
  test('public: the same for every client', async () => {
    const [one, other] = [
      await op.register(),
      await op.register({ redirect_uris: ['https://rp.example/callback'] }),
    ];
    expect(await subjectFor(one)).toBe(await subjectFor(other));
  });

  test('pairwise: the same for the apps of one host, and no rotation changes it', async () => {
    const pairwise = { subject_type: 'pairwise' };
    const [one, sibling] = [await op.register(pairwise), await op.register(pairwise)];
    const before = await subjectFor(one);
    expect(await subjectFor(sibling)).toBe(before);
    expect(before).not.toBe(await subjectFor(await op.register()));

    const kids = async () => (await (await fetch(String(op.metadata.jwks_uri))).json()) as { keys: object[] };
    const { keys } = await kids();
    expect((await runCli(op.gatehouse.environment, 'keys', 'rotate', '--now')).code).toBe(0);
    await until('the keys are new', async () => (await kids()).keys.length > keys.length);
    expect(await subjectFor(await op.register(pairwise))).toBe(before);
  });
});
