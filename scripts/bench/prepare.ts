import { createHmac, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Provider } from 'oidc-provider';
import { newSecret } from '../../src/kernel/index.ts';
import type { Subject } from './subject.ts';
import {
  assertionIssuer,
  type Batch,
  type BatchKind,
  client,
  redirectUri,
  resource,
  scope,
} from './workload.ts';

const partner = await generateKeyPair('ES256');

/** What the client is registered to take assertions of. */
export async function assertionKey(): Promise<JWK> {
  return { ...(await exportJWK(partner.publicKey)), kid: 'partner', alg: 'ES256' };
}

/** Codes, tokens and sessions for the load to use up. */
export function prepare(subject: Subject, { kind, count }: Batch): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => make(subject, kind)));
}

async function make(subject: Subject, kind: BatchKind): Promise<string> {
  if (kind === 'assertion') return assertion(subject);
  const { provider, accountId } = subject;
  const { client_id: clientId } = client.metadata;
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(scope);
  grant.addResourceScope(resource, 'notes:read');
  const grantId = await grant.save();
  const registered = await provider.Client.find(clientId);
  const shared = { accountId, client: registered, grantId, scope, authTime: 1, claims: {} };
  const ofCode = { ...shared, gty: 'authorization_code' };
  const kinds: Record<Exclude<BatchKind, 'assertion'>, () => { save(): Promise<string> }> = {
    code: () =>
      new provider.AuthorizationCode({
        ...ofCode,
        redirectUri,
        codeChallenge: client.challenge,
        codeChallengeMethod: 'S256',
      } as never),
    refresh: () =>
      new provider.RefreshToken({ ...ofCode, rotations: 0, iiat: Math.floor(Date.now() / 1000) } as never),
    userinfo: () => new provider.AccessToken(ofCode as never),
    device: () => new provider.DeviceCode({ ...shared, userCode: newSecret(), params: { scope } } as never),
    ciba: () =>
      new provider.BackchannelAuthenticationRequest({
        ...shared,
        expiresIn: 300,
        params: { scope },
      } as never),
    session: () => session(subject, grantId),
    subject: () => accessTokenForApi(provider, ofCode),
  };
  return kinds[kind]().save();
}

/** A browser that is signed in and has been at this app before. Its value is the header that the browser sends. */
function session({ provider, accountId, cookieKey }: Subject, grantId: string): { save(): Promise<string> } {
  const Session = provider.Session as unknown as new (
    payload: object,
  ) => { jti: string; save(seconds: number): Promise<string> };
  const signedIn = new Session({
    jti: newSecret(),
    uid: newSecret(),
    accountId,
    loginTs: Math.floor(Date.now() / 1000),
    authorizations: { [client.metadata.client_id]: { sid: newSecret(), grantId } },
  });
  return {
    async save() {
      await signedIn.save(86_400);
      const pair = `${provider.cookieName('session')}=${signedIn.jti}`;
      // As Koa signs cookies.
      const signature = createHmac('sha1', cookieKey).update(pair).digest('base64url');
      return `${pair}; ${pair.replace('=', '.sig=').replace(signedIn.jti, signature)}`;
    },
  };
}

function accessTokenForApi(provider: Provider, shared: object): { save(): Promise<string> } {
  const token = new provider.AccessToken(shared as never);
  token.resourceServer = new provider.ResourceServer(resource, {
    scope: 'notes:read',
    audience: resource,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256' } },
  });
  token.scope = 'notes:read';
  return token;
}

function assertion({ provider, accountId }: Subject): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'partner' })
    .setIssuer(assertionIssuer)
    .setSubject(accountId)
    .setAudience(provider.issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(partner.privateKey);
}
