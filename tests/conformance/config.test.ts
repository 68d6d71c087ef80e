import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuthorizationResponse, type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
let metadata: Record<string, unknown>;
beforeAll(async () => {
  op = await startOp();
  metadata = op.metadata;
});
afterAll(() => op.close());

const list = (name: string) => metadata[name] as string[];

describe('OpenID Connect Discovery 1.0 · Config', () => {
  test('oidcc-discovery-endpoint-verification: everything that has to be there is there, under the issuer', () => {
    expect(metadata['issuer']).toBe(op.issuer);
    for (const name of [
      'authorization_endpoint',
      'token_endpoint',
      'userinfo_endpoint',
      'jwks_uri',
      'end_session_endpoint',
      'introspection_endpoint',
      'revocation_endpoint',
      'pushed_authorization_request_endpoint',
      'device_authorization_endpoint',
    ]) {
      expect(new URL(String(metadata[name])).origin, name).toBe(op.issuer);
    }
    expect(list('response_types_supported')).toEqual(
      expect.arrayContaining(['code', 'id_token', 'id_token token', 'code id_token']),
    );
    expect(list('response_modes_supported')).toEqual(
      expect.arrayContaining([
        'query',
        'fragment',
        'form_post',
        'jwt',
        'query.jwt',
        'fragment.jwt',
        'form_post.jwt',
      ]),
    );
    expect(list('subject_types_supported').toSorted()).toEqual(['pairwise', 'public']);
    expect(list('id_token_signing_alg_values_supported')).toEqual(expect.arrayContaining(['RS256', 'ES256']));
    expect(list('scopes_supported')).toEqual(
      expect.arrayContaining(['openid', 'offline_access', 'profile', 'email', 'address', 'phone']),
    );
    expect(list('code_challenge_methods_supported')).toEqual(['S256']);
    expect(metadata['claims_parameter_supported']).toBe(true);
    expect(metadata['authorization_response_iss_parameter_supported']).toBe(true);
  });

  test('nothing that is no signature is offered for anything', () => {
    for (const [name, value] of Object.entries(metadata)) {
      if (name.endsWith('alg_values_supported')) expect(value, name).not.toContain('none');
    }
  });

  test('the two addresses of the document (RFC 8414, Discovery 1.0) say the same', async () => {
    const other = await fetch(`${op.issuer}/.well-known/oauth-authorization-server`);
    expect(await other.json()).toEqual(metadata);
  });

  test('oidcc-server-jwks: public keys only, each with its use, algorithm and a name of its own', async () => {
    const { keys } = (await (await fetch(String(metadata['jwks_uri']))).json()) as JSONWebKeySet;
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    for (const key of keys) {
      expect(key).toMatchObject({
        use: 'sig',
        alg: expect.any(String) as string,
        kid: expect.any(String) as string,
      });
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth', 'priv'])
        expect(key).not.toHaveProperty(secret);
    }
    const offered = new Set(keys.map(({ alg = '' }) => alg));
    for (const algorithm of list('id_token_signing_alg_values_supported')) {
      if (!algorithm.startsWith('HS')) expect(offered, algorithm).toContain(algorithm);
    }
  });

  test('a forged Host or forwarded header changes no address', async () => {
    const forged = await fetch(`${op.issuer}/.well-known/openid-configuration`, {
      headers: {
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Proto': 'https',
        Forwarded: 'host=evil.example',
      },
    });
    expect(await forged.json()).toEqual(metadata);
  });
});

describe('RFC 9207 · an app that knows several servers can tell who answers', () => {
  /** Noticed early and late on the way through the request, and how the app is told. */
  const errors: [string, Record<string, string | undefined>][] = [
    ['login_required', { prompt: 'none' }],
    ['invalid_request', { claims: '{' }],
    ['invalid_target', { resource: 'https://nobody.example' }],
    ['unsupported_response_type', { response_type: 'made-up' }],
  ];
  let client: TestClient;
  beforeAll(async () => {
    client = await op.register();
  });

  async function signed({ params }: AuthorizationResponse): Promise<JWTPayload> {
    expect([...params.keys()]).toEqual(['response']);
    const keys = (await (await fetch(String(metadata['jwks_uri']))).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(params.get('response') ?? '', createLocalJWKSet(keys), {
      audience: client.id,
    });
    return payload;
  }

  for (const mode of ['query', 'fragment', 'form_post'] as const) {
    test(`${mode}: iss stands beside a code, and beside every error`, async () => {
      const ask = (params: Record<string, string | undefined>) =>
        op.authorize({ client, params: { response_mode: mode, ...params } });
      const good = await ask({});
      expect(good.mode).toBe(mode);
      expect(good.params.has('code')).toBe(true);
      expect(good.params.getAll('iss')).toEqual([op.issuer]);
      for (const [error, params] of errors) {
        const response = await ask(params);
        expect(response.mode, error).toBe(mode);
        expect(response.params.get('error')).toBe(error);
        expect(response.params.get('state')).toBe(response.sent.state);
        expect(response.params.getAll('iss'), error).toEqual([op.issuer]);
      }
    });

    test(`${mode}.jwt: it stands in what is signed (JARM section 2.1), and nowhere else`, async () => {
      const ask = (params: Record<string, string | undefined>) =>
        op.authorize({ client, params: { response_mode: `${mode}.jwt`, ...params } });
      const good = await ask({});
      expect(good.mode).toBe(mode);
      expect(await signed(good)).toMatchObject({ iss: op.issuer, code: expect.any(String) as string });
      for (const [error, params] of errors) {
        const response = await ask(params);
        expect(response.mode, error).toBe(mode);
        expect(await signed(response)).toMatchObject({ iss: op.issuer, error, state: response.sent.state });
      }
    });
  }

  test('a person who cancels: iss stands there too', async () => {
    const agent = op.browser();
    const submit = agent.submit.bind(agent);
    agent.submit = (page, form) => submit(page, form, { action: 'cancel' });
    const { params } = await op.authorize({ client, agent });
    expect(Object.fromEntries(params)).toMatchObject({ error: 'access_denied', iss: op.issuer });
  });
});
