import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { accountsRepository } from '../accounts/index.ts';
import { clientsRepository } from '../clients/index.ts';
import { type Clock, dateOf } from '../kernel/index.ts';
import type { KeyRing, KeySet } from '../keys/index.ts';
import type { Database } from '../store/index.ts';
import type { Caller } from './caller.ts';
import { ChallengeError } from './challenge-error.ts';
import { managementResource } from './resource-server.ts';

export interface AuthenticateDeps {
  issuer: string;
  database: Pick<Database, 'pool'>;
  keys: Pick<KeyRing, 'current'>;
  clock: Clock;
}

export type Authenticate = (authorization: string) => Promise<Caller>;

const claimsOfToken = z.object({
  sub: z.string().min(1),
  client_id: z.string().min(1),
  scope: z.string().default(''),
  acr: z.string().optional(),
  auth_time: z.number().optional(),
  // A token bound to a key (RFC 7800) proves nothing to somebody who does not check the binding.
  cnf: z.never().optional(),
});

/**
 * Reads the Authorization header: a JWT access token (RFC 9068) of ours, for this API, as a bearer token (RFC 6750
 * section 2.1). The signature says what was true when it was issued, so client and account are looked up again.
 * The function it makes throws ChallengeError, and AppError `unavailable`.
 */
export function createAuthenticate({ issuer, database, keys, clock }: AuthenticateDeps): Authenticate {
  const verification = rememberLast(verificationWith);
  const clients = clientsRepository(database);
  const accounts = accountsRepository(database);

  return async authorization => {
    const token = readBearer(authorization);
    const { keySet, algorithms } = verification(keys.current());
    const { payload } = await jwtVerify(token, keySet, {
      issuer,
      audience: managementResource(issuer),
      typ: 'at+jwt',
      algorithms,
      currentDate: dateOf(clock),
      requiredClaims: ['exp', 'iat'],
    }).catch((error: unknown) => {
      throw error instanceof errors.JOSEError ? invalidToken(error) : error;
    });

    const claims = claimsOfToken.safeParse(payload);
    if (!claims.success) throw invalidToken(claims.error);
    const { sub, client_id: clientId, scope, acr, auth_time: authTime } = claims.data;
    // With client_credentials the subject is the client itself (RFC 9068 section 2.2).
    const isForItself = sub === clientId;

    const [client, account] = await Promise.all([
      clients.find(clientId),
      isForItself ? undefined : accounts.findById(sub),
    ]);
    if (client?.isEnabled !== true) throw invalidToken();
    if (!isForItself && account?.status !== 'active') throw invalidToken();
    return { clientId, account, scopes: scope.split(' ').filter(word => word !== ''), acr, authTime };
  };
}

function verificationWith({ signing, published }: KeySet) {
  const keys = [...signing, ...published];
  return {
    keySet: createLocalJWKSet({ keys: keys.map(key => key.publicJwk) }),
    algorithms: [...new Set(keys.map(key => key.algorithm))],
  };
}

function rememberLast<Input, Output>(make: (input: Input) => Output): (input: Input) => Output {
  let last: { input: Input; output: Output } | undefined;
  return input => {
    if (last?.input !== input) last = { input, output: make(input) };
    return last.output;
  };
}

function readBearer(authorization: string): string {
  if (!/^bearer(?: |$)/i.test(authorization)) {
    throw new ChallengeError('This address needs an access token.', { code: 'unauthorized' });
  }
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1];
  if (token === undefined) throw invalidToken();
  return token;
}

/** One sentence for all reasons: which check failed is of use to a forger only. */
function invalidToken(cause?: unknown): ChallengeError {
  return new ChallengeError('The access token is not valid here, or no longer.', {
    code: 'unauthorized',
    error: 'invalid_token',
    cause,
  });
}
