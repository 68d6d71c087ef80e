import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider';
import { type Account, accountsRepository, emailKeyOf } from '../../accounts/index.ts';
import type { GuardedFetch } from '../../http/index.ts';
import type { Clock } from '../../kernel/index.ts';
import type { Database } from '../../store/index.ts';
import { guard } from '../guard.ts';
import { lifetimes } from '../lifetimes.ts';
import type { createResourceIndicators } from '../resource-indicators.ts';
import { issueAccessToken } from './issue-access-token.ts';

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Metadata of ours: whose assertions a client may bring. */
export const assertionIssuers = 'assertion_issuers';

export interface AssertionIssuer {
  issuer: string;
  /** Its keys: where they are published, or themselves. */
  jwks_uri?: string;
  jwks?: JSONWebKeySet;
  /** What its `sub` is here: an account's id, or its verified email address. */
  subject: 'account_id' | 'email';
}

interface Deps {
  issuer: string;
  database: Pick<Database, 'pool'>;
  clock: Clock;
  fetch: GuardedFetch;
  getResourceServerInfo: ReturnType<typeof createResourceIndicators>['getResourceServerInfo'];
}

const algorithms = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'];

/** An assertion that is good for longer is a password. In seconds. */
const longestAssertion = 60 * 60;

/**
 * RFC 7523 section 2.1. An assertion of an issuer that the client is registered for buys a token for one API, once. There is
 * no refresh token: whoever made this assertion can make the next.
 */
export function registerJwtBearer(provider: Provider, deps: Deps): void {
  const accounts = accountsRepository(deps.database);
  const remoteKeys = new Map<string, JWTVerifyGetKey>();

  const keysOf = ({ jwks, jwks_uri: uri = '' }: AssertionIssuer): JWTVerifyGetKey => {
    if (jwks !== undefined) return createLocalJWKSet(jwks);
    const known = remoteKeys.get(uri);
    if (known !== undefined) return known;
    const keys = createRemoteJWKSet(new URL(uri), {
      [customFetch]: (url, { headers }) => deps.fetch(url, { headers }),
    });
    remoteKeys.set(uri, keys);
    return keys;
  };

  const accountOf = ({ subject }: AssertionIssuer, sub: string): Promise<Account | undefined> =>
    guard(async () => {
      const account =
        subject === 'email' ? await accounts.findByEmailKey(emailKeyOf(sub)) : await accounts.findById(sub);
      const isGood = account?.status === 'active' && (subject !== 'email' || account.isEmailVerified);
      return isGood ? account : undefined;
    });

  async function grant(ctx: TokenEndpointGrantContext): Promise<void> {
    const { client, params } = ctx.oidc;
    const { assertion, resource, scope } = params;
    if (typeof assertion !== 'string')
      throw new errors.InvalidRequest("missing required parameter(s) 'assertion'");
    if (typeof resource !== 'string') throw new errors.InvalidTarget('name one API as resource');
    const trusted = ((client[assertionIssuers] ?? []) as readonly AssertionIssuer[]).find(
      ({ issuer }) => issuer === issuerIn(assertion),
    );
    if (trusted === undefined)
      throw new errors.InvalidGrant('this client may bring no assertion of that issuer');
    const claims = await verify(deps, assertion, trusted.issuer, keysOf(trusted));
    const account = await accountOf(trusted, claims.sub);
    if (account === undefined) throw new errors.InvalidGrant('the assertion speaks of nobody here');
    if (!(await provider.ReplayDetection.unique(trusted.issuer, claims.jti, claims.exp))) {
      throw new errors.InvalidGrant('the assertion was already used');
    }
    ctx.body = await issueAccessToken(deps.getResourceServerInfo, ctx, {
      accountId: account.id,
      resource,
      scopes: typeof scope === 'string' ? scope.split(' ') : [],
      longestLifetime: lifetimes.accessToken,
      act: undefined,
      grantId: undefined,
    });
  }

  provider.registerGrantType(jwtBearer, grant, ['assertion', 'scope', 'resource']);
}

interface Assertion {
  sub: string;
  jti: string;
  exp: number;
}

/** @throws InvalidGrant (RFC 7523 section 3.1) */
async function verify(
  { issuer: us, clock }: Deps,
  assertion: string,
  issuer: string,
  keys: JWTVerifyGetKey,
): Promise<Assertion> {
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(assertion, keys, {
      issuer,
      audience: [us, `${us}/token`],
      algorithms,
      requiredClaims: ['sub', 'jti', 'exp'],
      currentDate: new Date(clock.now()),
    }));
  } catch (cause) {
    throw Object.assign(new errors.InvalidGrant('the assertion is not good'), { cause });
  }
  const { sub = '', jti = '', exp = 0, aud } = payload;
  if (Array.isArray(aud) && aud.length > 1) throw new errors.InvalidGrant('the assertion is for others too');
  if (exp - clock.now() / 1000 > longestAssertion)
    throw new errors.InvalidGrant('the assertion is good for too long');
  return { sub, jti, exp };
}

function issuerIn(assertion: string): unknown {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    return undefined;
  }
}
