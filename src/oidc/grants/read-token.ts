import { createLocalJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import type { AccessToken, TokenEndpointGrantContext } from 'oidc-provider';
import { validateDpop } from 'oidc-provider/lib/helpers/grants.js';
import type { Clock } from '../../kernel/index.ts';
import type { KeySet } from '../../keys/index.ts';
import type { Actor } from './issue-access-token.ts';

/** What an access token of ours says, whichever form it has. */
export interface ReadToken {
  /** Undefined for a token that a client has of its own. */
  accountId: string | undefined;
  clientId: string;
  audiences: readonly string[];
  scopes: readonly string[];
  secondsLeft: number;
  act: Actor | undefined;
  /** What a person allowed the client that all exchanges began with; of an opaque token that was exchanged, its own. */
  grantId: string | undefined;
  /** The only one who may act for the subject, where the token says so (RFC 8693 section 4.4). */
  mayAct: string | undefined;
}

interface Deps {
  issuer: string;
  keys: KeySet;
  clock: Clock;
  /** SHA-256 of the certificate that the client shows, base64url. */
  thumbprintOf: (ctx: TokenEndpointGrantContext) => string | undefined;
}

/**
 * Reads a token that somebody brings to exchange: opaque ones are looked up, JWTs have to be `at+jwt` (RFC 9068), so that an
 * ID token or a logout token is never taken for one. What is bound to a key or certificate has to come with it.
 */
export function createReadSubject({ issuer, keys, clock, thumbprintOf }: Deps) {
  const all = [...keys.signing, ...keys.published];
  const keySet = createLocalJWKSet({ keys: all.map(({ publicJwk }) => publicJwk) });
  const algorithms = [...new Set(all.map(({ algorithm }) => algorithm))];
  const now = () => Math.floor(clock.now() / 1000);

  return async (ctx: TokenEndpointGrantContext, token: string): Promise<ReadToken | undefined> => {
    const found = isJwt(token) ? await verify(token) : await lookUp(ctx, token);
    if (found === undefined) return undefined;
    const { jkt, x5t, ...read } = found;
    if (jkt !== undefined && (await validateDpop(ctx.oidc.provider, ctx))?.thumbprint !== jkt)
      return undefined;
    if (x5t !== undefined && thumbprintOf(ctx) !== x5t) return undefined;
    return (await isStillGood(ctx, read)) ? read : undefined;
  };

  /** Meanwhile the grant may have been revoked; or disabled the client it was given to, or the one that it began with. */
  async function isStillGood({ oidc }: TokenEndpointGrantContext, { clientId, grantId }: ReadToken) {
    const { Client, Grant } = oidc.provider;
    if ((await Client.find(clientId)) === undefined) return false;
    if (grantId === undefined) return true;
    const grant = await Grant.find(grantId);
    return grant?.clientId !== undefined && (await Client.find(grant.clientId)) !== undefined;
  }

  type Bound = ReadToken & { jkt: string | undefined; x5t: string | undefined };

  async function verify(token: string): Promise<Bound | undefined> {
    const verified = await jwtVerify(token, keySet, {
      issuer,
      algorithms,
      typ: 'at+jwt',
      requiredClaims: ['exp', 'sub', 'client_id', 'aud'],
      currentDate: new Date(clock.now()),
    }).catch(() => undefined);
    return verified === undefined ? undefined : fromClaims(verified.payload);
  }

  function fromClaims(claims: JWTPayload): Bound {
    const {
      sub,
      client_id: clientId,
      scope,
      act,
      may_act: mayAct,
      grant_id: grantId,
      cnf = {},
    } = claims as JWTPayload & {
      client_id: string;
      scope?: string;
      act?: Actor;
      may_act?: { sub?: string };
      grant_id?: string;
      cnf?: { jkt?: string; 'x5t#S256'?: string };
    };
    return {
      accountId: sub === clientId ? undefined : sub,
      clientId,
      audiences: [claims.aud ?? []].flat(),
      scopes: (scope ?? '').split(' '),
      secondsLeft: (claims.exp ?? 0) - now(),
      act,
      grantId,
      mayAct: mayAct?.sub,
      jkt: cnf.jkt,
      x5t: cnf['x5t#S256'],
    };
  }

  async function lookUp({ oidc }: TokenEndpointGrantContext, value: string): Promise<Bound | undefined> {
    const { provider } = oidc;
    const token = (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));
    if (token === undefined || token.isExpired || token.clientId === undefined) return undefined;
    const { accountId, grantId } = token as Partial<AccessToken>;
    return {
      accountId,
      clientId: token.clientId,
      audiences: [token.aud ?? []].flat(),
      scopes: [...token.scopes],
      secondsLeft: (token.exp ?? 0) - now(),
      act: (token.extra as { act?: Actor } | undefined)?.act,
      grantId,
      mayAct: undefined,
      jkt: token.jkt,
      x5t: token['x5t#S256'],
    };
  }
}

function isJwt(token: string): boolean {
  try {
    return decodeProtectedHeader(token).alg !== undefined;
  } catch {
    return false;
  }
}
