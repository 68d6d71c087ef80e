import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { authorizationCodeGrant, clientCredentialsGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/index.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
let client: TestClient;
beforeAll(async () => {
  op = await startOp();
  client = await op.register({
    token_endpoint_auth_method: 'client_secret_jwt',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  });
});
afterAll(() => op.close());

const bytes = (secret: string | undefined) => new TextEncoder().encode(secret);

async function ask({
  secret = client.secret,
  aud = op.issuer,
  lifetime = '1m',
  jti = 'x',
} = {}): Promise<Response> {
  const client_assertion = await new SignJWT({ jti })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(client.id)
    .setSubject(client.id)
    .setAudience(aud)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(bytes(secret));
  return fetch(String(op.metadata.token_endpoint), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client.id,
      client_assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }),
  });
}

describe('OpenID Connect Core 1.0 section 9 · client_secret_jwt', () => {
  test('the secret signs, and never travels', async () => {
    expect(await clientCredentialsGrant(client.config)).toHaveProperty('access_token');
  });

  test('an assertion is good once, for us, now, and signed with the secret', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask({ jti: 'once' })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const wrong = [
      { secret: 'another secret of the same length as ours' },
      { aud: 'https://evil.example' },
      { lifetime: '-2m' },
    ];
    for (const each of wrong) {
      expect((await ask({ jti: JSON.stringify(each), ...each })).status, JSON.stringify(each)).toBe(401);
    }
    expect((await ask({ jti: 'at the end' })).status).toBe(200);
  });

  test('the secret that is kept for it is sealed, and of the others there is a digest', async () => {
    const other = await op.register();
    const database = openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 1 });
    const [sealed, digested] = await Promise.all(
      [client, other].map(({ id }) => database.prisma.client.findUniqueOrThrow({ where: { id } })),
    );
    expect(JSON.stringify([sealed, digested])).not.toContain(client.secret);
    expect(JSON.stringify([sealed, digested])).not.toContain(other.secret);
    expect(sealed).toMatchObject({ secretHash: null });
    expect(decodeProtectedHeader(sealed?.sealedSecret ?? '')).toHaveProperty('kid');
    expect(digested).toMatchObject({ sealedSecret: null });
    await database.close();
  });

  test('HS256: an ID token signed with the secret, for a client that asks for it', async () => {
    const symmetric = await op.register({ id_token_signed_response_alg: 'HS256' });
    const { url, sent } = await op.authorize({ client: symmetric });
    const tokens = await authorizationCodeGrant(symmetric.config, url, {
      pkceCodeVerifier: sent.verifier,
      expectedState: sent.state,
      expectedNonce: sent.nonce,
    });
    expect(
      await jwtVerify(tokens.id_token ?? '', bytes(symmetric.secret), {
        issuer: op.issuer,
        audience: symmetric.id,
      }),
    ).toHaveProperty('payload.sub');
  });
});
