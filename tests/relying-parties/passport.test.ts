import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { Strategy, type VerifyCallback } from 'passport-openidconnect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpUnderTest, startOp } from '../conformance/op-under-test.ts';
import { answerPages } from '../support/relying-party.ts';
import { freePort, runSql } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';
import { serve } from './listen.ts';

let op: OpUnderTest;
let url: string;
let app: { close(): void };

beforeAll(async () => {
  op = await startOp();
  const port = await freePort();
  url = `http://localhost:${port}`;
  const client = await op.register({
    client_name: 'Passport',
    redirect_uris: [`${url}/callback`],
    // This one knows nothing of PKCE.
    require_pkce: false,
  });
  const { authorization_endpoint, token_endpoint, userinfo_endpoint } = op.metadata;
  const strategy = new Strategy(
    {
      issuer: op.issuer,
      authorizationURL: String(authorization_endpoint),
      tokenURL: String(token_endpoint),
      userInfoURL: String(userinfo_endpoint),
      clientID: client.id,
      clientSecret: client.secret ?? '',
      callbackURL: `${url}/callback`,
      scope: ['profile', 'email'],
      skipUserProfile: false,
    },
    (_issuer: string, profile: passport.Profile, done: VerifyCallback) =>
      done(null, { id: profile.id, name: profile.displayName, emails: profile.emails }),
  );
  const passports = new passport.Passport();
  passports.use('gatehouse', strategy);
  passports.serializeUser((user, done) => done(null, user));
  passports.deserializeUser((user: object, done) => done(null, user));
  const handlers = express();
  handlers.use(session({ secret: 'a secret of this app', resave: false, saveUninitialized: false }));
  handlers.use(passports.session());
  handlers.get('/login', passports.authenticate('gatehouse') as express.RequestHandler);
  handlers.get(
    '/callback',
    passports.authenticate('gatehouse', {
      successRedirect: '/me',
      failureRedirect: '/failed',
    }) as express.RequestHandler,
  );
  handlers.get('/me', (request, response) => void response.json(request.user ?? null));
  handlers.get('/failed', (_request, response) => void response.send('nobody came in'));
  app = await serve(port, handlers);
});
afterAll(async () => {
  app.close();
  await op.close();
});

test('passport-openidconnect signs a person in and reads the profile', async () => {
  const agent = new UserAgent();
  const { page } = await answerPages(agent, await agent.open(`${url}/login`), op.person);
  expect(new URL(page.url).pathname).toBe('/me');
  expect(JSON.parse(page.text)).toMatchObject({
    id: expect.any(String) as string,
    name: expect.any(String) as string,
    emails: [{ value: op.person.email }],
  });
  // Another app of the same person, later: silently.
  expect((await answerPages(agent, await agent.open(`${url}/login`), op.person)).forms).toEqual([]);
});

test('a consent that is refused leaves the person outside', async () => {
  await runSql(op.gatehouse.databaseUrl, 'DELETE FROM consent');
  const agent = new UserAgent();
  const identifier = await agent.open(`${url}/login`);
  const asked = await agent.submit(identifier, 'identifier-form', { identifier: op.person.email });
  const password = await agent.submit(asked, 'password-form', {
    password: op.person.password,
    action: 'sign-in',
  });
  const refused = await agent.submit(password, 'consent-form', { action: 'cancel' });
  expect(new URL(refused.url).pathname).toBe('/failed');
  expect(JSON.parse((await agent.open(`${url}/me`)).text)).toBeNull();
});
