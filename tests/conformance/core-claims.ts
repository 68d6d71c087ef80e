import { decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { expect, test } from 'vitest';
import { allScopes, has, type Variant, type VariantUnderTest } from './core-variant.ts';

const byScope: Record<string, string[]> = {
  profile: [
    'birthdate',
    'family_name',
    'gender',
    'given_name',
    'locale',
    'middle_name',
    'name',
    'nickname',
    'picture',
    'preferred_username',
    'profile',
    'updated_at',
    'website',
    'zoneinfo',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};
const everything = [...Object.values(byScope).flat(), 'sub'].toSorted();

/** What an app learns of the person, and that it was us who said so. */
export function declareClaims(variant: Variant, under: () => VariantUnderTest): void {
  test('oidcc-idtoken-signature: RS256 unless something else was registered, by a key that is published', async () => {
    const { op, ask, receive } = under();
    const { idToken } = await receive(await ask());
    const { alg, kid } = decodeProtectedHeader(idToken);
    expect(alg).toBe('RS256');
    const { keys } = (await (await fetch(op.metadata.jwks_uri ?? '')).json()) as JSONWebKeySet;
    expect(keys.filter(key => key.kid === kid)).toMatchObject([{ alg: 'RS256', use: 'sig' }]);
  });

  for (const [scope, names] of Object.entries(byScope)) {
    test(`oidcc-scope-${scope}: releases exactly its claims, each of the right type`, async () => {
      const { ask, receive, released } = under();
      const claims = await released(await receive(await ask({ params: { scope: `openid ${scope}` } })));
      expect(Object.keys(claims).toSorted()).toEqual([...names, 'sub'].toSorted());
      for (const [name, value] of Object.entries(claims)) {
        if (name.endsWith('_verified')) expect(typeof value, name).toBe('boolean');
        else if (name === 'updated_at') expect(typeof value, name).toBe('number');
        else if (name !== 'address') expect(typeof value, name).toBe('string');
      }
    });
  }

  test('oidcc-scope-all, oidcc-ensure-other-scope-order-succeeds, oidcc-alternate-happy-flow: all of them, in whatever order they were asked for', async () => {
    const { ask, receive, released } = under();
    for (const scope of [allScopes, allScopes.split(' ').toReversed().join(' ')]) {
      // Parameters in the opposite order too; none of them means more because of where it stands.
      const pack = (params: Record<string, string>) =>
        Promise.resolve(Object.fromEntries(Object.entries(params).toReversed()));
      const claims = await released(await receive(await ask({ params: { scope }, pack })));
      expect(Object.keys(claims).toSorted()).toEqual(everything);
    }
  });

  test('oidcc-claims-essential: one claim asked for by its name comes, and no other', async () => {
    const { op, ask, receive, released } = under();
    const where = variant.responseType === 'id_token' ? 'id_token' : 'userinfo';
    const params = { claims: JSON.stringify({ [where]: { name: { essential: true } } }) };
    const received = await receive(await ask({ params }));
    expect(await released(received)).toEqual({ sub: received.claims.sub, name: 'Ada Lovelace' });

    const inIdToken = { claims: JSON.stringify({ id_token: { email: null } }) };
    expect((await receive(await ask({ params: inIdToken }))).claims).toMatchObject({
      email: op.person.email,
    });
    expect((await ask({ params: { claims: '{' } })).params.get('error')).toBe('invalid_request');
  });

  if (variant.responseType === 'id_token') return;

  test('oidcc-userinfo-get, -post-header, -post-body: the same answer each way, and only with a token', async () => {
    const { op, ask, receive } = under();
    const { claims, accessToken = '' } = await receive(await ask({ params: { scope: 'openid email' } }));
    const endpoint = op.metadata.userinfo_endpoint ?? '';
    const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
    const answers = await Promise.all([
      fetch(endpoint, bearer(accessToken)),
      fetch(endpoint, { method: 'POST', ...bearer(accessToken) }),
      fetch(endpoint, { method: 'POST', body: new URLSearchParams({ access_token: accessToken }) }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ sub: claims.sub, email: op.person.email });
    }
    expect((await fetch(`${endpoint}?access_token=${accessToken}`)).status).toBe(400);
    expect([400, 401]).toContain((await fetch(endpoint)).status);
    expect((await fetch(endpoint, bearer(`${accessToken}x`))).status).toBe(401);
  });

  test('OpenID Connect Core 1.0 section 5.4: what scopes release is at userinfo and not in the ID token', async () => {
    const { ask, receive } = under();
    const { claims } = await receive(await ask({ params: { scope: allScopes } }));
    const known = ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce', 'sid', 'acr', 'amr', 'auth_time'];
    if (has(variant, 'id_token') && has(variant, 'code')) known.push('c_hash');
    if (has(variant, 'id_token') && has(variant, 'token')) known.push('at_hash');
    expect(Object.keys(claims).toSorted()).toEqual(known.toSorted());
  });
}
