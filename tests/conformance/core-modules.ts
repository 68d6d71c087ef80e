import { UnsecuredJWT } from 'jose';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { declareClaims } from './core-claims.ts';
import { declareCode } from './core-code.ts';
import {
  has,
  lookingOnly,
  modeOf,
  registrationFor,
  startVariant,
  titleOf,
  type Variant,
  type VariantUnderTest,
} from './core-variant.ts';
import { expectComplete } from './front-channel-tokens.ts';
import { callback, type OpUnderTest } from './op-under-test.ts';

/** The modules that the Basic, Implicit, Hybrid and Form Post plans have in common, for one way in which answers come. */
export function declareCoreModules(plan: string, variant: Variant, op: () => OpUnderTest): void {
  describe(`OpenID Connect Core 1.0 · ${plan} (${titleOf(variant)})`, () => {
    let under: VariantUnderTest;
    beforeAll(async () => {
      under = await startVariant(op(), variant);
    });
    afterEach(() => vi.useRealTimers());

    declareRequests(variant, () => under);
    declareClaims(variant, () => under);
    if (has(variant, 'code')) declareCode(variant, () => under);
    declareSignIns(variant, () => under);
  });
}

const nothing = ['code', 'id_token', 'access_token'];

function declareRequests(variant: Variant, under: () => VariantUnderTest): void {
  test('oidcc-server: the answer comes as it was asked for, every part verifies, and nothing else is there', async () => {
    const { op, client, ask, receive } = under();
    const response = await ask({ params: { scope: 'openid email' } });
    expect(response.mode).toBe(modeOf(variant));
    await expectComplete(op, client, variant.responseType, response);
    const { claims } = await receive(response);
    expect(claims).toMatchObject({ iss: op.issuer, aud: client.id });
    expect(claims.exp).toBeGreaterThan(claims.iat ?? 0);
  });

  test('oidcc-response-type-missing: the app is told', async () => {
    const { params, sent } = await under().ask({ params: { response_type: undefined } });
    expect(params.get('error')).toBe('invalid_request');
    expect(params.get('state')).toBe(sent.state);
  });

  if (has(variant, 'id_token')) {
    test('oidcc-ensure-request-without-nonce-fails', async () => {
      const { mode, params } = await under().ask({ params: { nonce: undefined } });
      expect(mode).toBe(modeOf(variant));
      expect(params.get('error')).toBe('invalid_request');
      for (const name of nothing) expect(params.has(name), name).toBe(false);
    });
  } else {
    test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
      const { ask, redeem } = under();
      const response = await ask({ params: { nonce: undefined } });
      const tokens = await redeem(response, under().client, { nonce: false });
      expect(tokens.claims()).not.toHaveProperty('nonce');
    });

    test('oidcc-idtoken-unsigned: rejected as unsupported, also where an operator registered it', async () => {
      const { op, ask } = under();
      expect(op.metadata.id_token_signing_alg_values_supported).not.toContain('none');
      const none = { ...registrationFor(variant), id_token_signed_response_alg: 'none' };
      const { mode, page } = await ask({ client: await op.register(none) });
      expect(mode).toBeUndefined();
      expect(page.text).toContain('invalid_client_metadata');
    });
  }

  test('oidcc-display-page, oidcc-display-popup, oidcc-ui-locales, oidcc-claims-locales, oidcc-ensure-request-with-unknown-parameter-succeeds', async () => {
    const { ask, receive } = under();
    for (const params of [
      { display: 'page' },
      { display: 'popup' },
      { ui_locales: 'se' },
      { claims_locales: 'se' },
      { extra: 'foobar' },
    ]) {
      expect((await receive(await ask({ params }))).claims.sub, JSON.stringify(params)).toBeDefined();
    }
  });

  test('oidcc-ui-locales, oidcc-login-hint: the page speaks the language asked for, and the hint stands in the field', async () => {
    const { op, ask } = under();
    const params = { ui_locales: 'fr de', login_hint: 'somebody@example.com' };
    const { page } = await ask({ params, agent: lookingOnly(op) });
    expect(page.text).toContain('<html lang="fr"');
    expect(page.text).toContain('value="somebody@example.com"');
  });

  test('oidcc-ensure-request-with-acr-values-succeeds: acr says what was achieved, not what was asked', async () => {
    const { op, ask, receive } = under();
    const [achieved = ''] = op.metadata.acr_values_supported ?? [];
    for (const acr_values of [`urn:example:more ${achieved}`, 'urn:example:more']) {
      expect((await receive(await ask({ params: { acr_values } }))).claims['acr']).toBe(achieved);
    }
  });

  test('oidcc-ensure-registered-redirect-uri: any other address is refused on a page of ours', async () => {
    const { op, ask, receive } = under();
    for (const redirect_uri of [`${callback}/`, `${callback}?x=1`, 'https://evil.example/callback']) {
      const { mode, page, url } = await ask({ params: { redirect_uri } });
      expect(mode, redirect_uri).toBeUndefined();
      expect(page.status, redirect_uri).toBe(400);
      expect(url.origin, redirect_uri).toBe(op.issuer);
    }
    expect(await receive(await ask())).toHaveProperty('idToken');
  });

  test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported, oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: refused', async () => {
    const { op, client, ask } = under();
    const request = new UnsecuredJWT({ client_id: client.id, scope: 'openid' })
      .setIssuer(client.id)
      .setAudience(op.issuer)
      .encode();
    const request_uri = 'https://rp.example/unsigned';
    for (const [name, params] of Object.entries({ object: { request }, uri: { request_uri } })) {
      const { mode, params: answer } = await ask({ params });
      expect(mode).toBe(modeOf(variant));
      expect(answer.get('error')).toBe(`invalid_request_${name}`);
      for (const part of nothing) expect(answer.has(part), part).toBe(false);
    }
  });

  test('oidcc-ensure-request-object-with-redirect-uri: what is signed is what counts', async () => {
    const { ask, receive, requestObject } = under();
    const response = await ask({
      pack: async ({ client_id = '', response_type = '', ...signed }) => ({
        client_id,
        response_type,
        scope: 'openid',
        redirect_uri: 'https://rp.example/ignored',
        request: await requestObject({ ...signed, client_id, response_type }),
      }),
    });
    expect(await receive(response)).toHaveProperty('idToken');
  });
}

function declareSignIns(variant: Variant, under: () => VariantUnderTest): void {
  test('oidcc-prompt-none-not-logged-in: login_required, no page, and the error comes as the answer would have', async () => {
    const { op, ask } = under();
    const { params, forms, sent, mode } = await ask({ params: { prompt: 'none' }, agent: op.browser() });
    expect(forms).toEqual([]);
    expect(mode).toBe(modeOf(variant));
    expect(Object.fromEntries(params)).toMatchObject({
      error: 'login_required',
      state: sent.state,
      iss: op.issuer,
    });
    for (const name of nothing) expect(params.has(name), name).toBe(false);
  });

  test('oidcc-id-token-hint: for the person who is signed in, silence; for anybody else, login_required', async () => {
    const { op, ask, receive } = under();
    const { idToken, claims } = await receive(await ask());
    const params = { prompt: 'none', id_token_hint: idToken };
    expect((await receive(await ask({ params }))).claims.sub).toBe(claims.sub);
    const stranger = await ask({ params, agent: op.browser() });
    expect(stranger.params.get('error')).toBe('login_required');
    const tampered = { ...params, id_token_hint: `${idToken.slice(0, -4)}AAAA` };
    expect((await ask({ params: tampered })).params.get('error')).toBe('invalid_request');
  });

  test('oidcc-prompt-none-logged-in, oidcc-max-age-10000: the same person, the same auth_time, no page', async () => {
    const { ask, receive } = under();
    const first = await receive(await ask({ params: { max_age: '10000' } }));
    expect(first.claims).toHaveProperty('auth_time');
    for (const params of [{ max_age: '10000' }, { max_age: '10000', prompt: 'none' }]) {
      const response = await ask({ params });
      expect(response.forms).toEqual([]);
      const { sub, auth_time } = (await receive(response)).claims;
      expect({ sub, auth_time }).toEqual({ sub: first.claims.sub, auth_time: first.claims['auth_time'] });
    }
  });

  // Both sign in once more, so they come last; the browser goes on with the newer session.
  for (const [name, seconds, params] of [
    ['oidcc-prompt-login', 20, { prompt: 'login', max_age: '10000' }],
    ['oidcc-max-age-1', 60, { max_age: '1' }],
  ] as const) {
    test(`${name}: asks again, and auth_time is new`, async () => {
      const { ask, receive } = under();
      const first = await receive(await ask({ params: { max_age: '10000' } }));
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
      const response = await ask({ params });
      expect(response.forms).toContain('password-form');
      const second = await receive(response);
      expect(second.claims['auth_time']).toBeGreaterThan(Number(first.claims['auth_time']));
      expect(second.claims.sub).toBe(first.claims.sub);
    });
  }
}
