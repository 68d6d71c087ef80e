import express from 'express';
import openidConnect from 'express-openid-connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpUnderTest, startOp } from '../conformance/op-under-test.ts';
import { answerPages } from '../support/relying-party.ts';
import { freePort } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';
import { serve } from './listen.ts';

const { auth, requiresAuth } = openidConnect;

let op: OpUnderTest;
let url: string;
let app: { close(): void };

beforeAll(async () => {
  op = await startOp();
  const port = await freePort();
  url = `http://localhost:${port}`;
  const client = await op.register({
    client_name: 'Express',
    redirect_uris: [`${url}/callback`],
    post_logout_redirect_uris: [url],
  });
  const handlers = express();
  handlers.use(
    auth({
      issuerBaseURL: op.issuer,
      baseURL: url,
      clientID: client.id,
      clientSecret: client.secret ?? '',
      secret: 'a secret for the cookie of this app',
      authRequired: false,
      idpLogout: true,
      // It signs in with response_mode=form_post, which needs a cookie over https, unless it is told otherwise.
      authorizationParams: {
        response_type: 'code',
        scope: 'openid profile email offline_access',
        prompt: 'consent',
      },
    }),
  );
  handlers.get('/', (request, response) => void response.send(request.oidc.isAuthenticated() ? 'in' : 'out'));
  handlers.get('/profile', requiresAuth(), (request, response, next) => {
    const { oidc } = request;
    oidc.fetchUserInfo().then(userinfo => response.json({ user: oidc.user, userinfo }), next);
  });
  handlers.get('/refreshed', requiresAuth(), (request, response, next) => {
    const { accessToken } = request.oidc;
    const before = accessToken?.access_token;
    accessToken?.refresh().then(after => response.json({ isNew: after.access_token !== before }), next);
  });
  app = await serve(port, handlers);
});
afterAll(async () => {
  app.close();
  await op.close();
});

async function signIn(agent: UserAgent) {
  const { page, forms } = await answerPages(agent, await agent.open(`${url}/profile`), op.person);
  return { page, forms };
}

test('express-openid-connect signs a person in, reads the profile and refreshes', async () => {
  const agent = new UserAgent();
  const { page, forms } = await signIn(agent);
  expect(forms).toEqual(['identifier-form', 'password-form', 'consent-form']);
  expect(JSON.parse(page.text)).toMatchObject({
    user: { sub: expect.any(String) as string },
    userinfo: { email: op.person.email, email_verified: true },
  });
  expect(JSON.parse((await agent.open(`${url}/refreshed`)).text)).toEqual({ isNew: true });
});

test('signs out at the provider, and another visit asks for the password again', async () => {
  const agent = new UserAgent();
  await signIn(agent);
  const signedOut = await agent.open(`${url}/logout`);
  expect(new URL(signedOut.url).href).toBe(`${url}/`);
  expect(signedOut.text).toBe('out');
  expect((await signIn(agent)).forms).toContain('password-form');
});

test('a stranger is sent to sign in, and a refusal gets nobody in', async () => {
  const agent = new UserAgent();
  expect((await agent.open(`${url}/`)).text).toBe('out');
  const person = { ...op.person, password: 'wrong' };
  const { page } = await answerPages(agent, await agent.open(`${url}/profile`), person);
  expect(page.url).toContain(op.issuer);
  expect((await agent.open(`${url}/`)).text).toBe('out');
});
