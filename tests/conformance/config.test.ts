import type { JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpUnderTest, startOp } from './op-under-test.ts';

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
