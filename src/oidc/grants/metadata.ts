import { errors } from 'oidc-provider';
import { z } from 'zod';

const exchangeRules = z.array(
  z.strictObject({ from: z.url(), to: z.url(), mode: z.enum(['delegation', 'impersonation']) }),
);

const issuer = { issuer: z.url(), subject: z.enum(['account_id', 'email']) };
const assertionIssuers = z.array(
  z.union([
    z.strictObject({ ...issuer, jwks_uri: z.url({ protocol: /^https$/ }) }),
    z.strictObject({
      ...issuer,
      jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }),
    }),
  ]),
);

/** @throws InvalidClientMetadata */
export function areExchangeRules(name: string, value: unknown): void {
  if (exchangeRules.safeParse(value).success) return;
  throw new errors.InvalidClientMetadata(
    `${name} must be a list of {from, to, mode}: two resource indicators, and delegation or impersonation`,
  );
}

/** @throws InvalidClientMetadata */
export function areAssertionIssuers(name: string, value: unknown): void {
  if (assertionIssuers.safeParse(value).success) return;
  throw new errors.InvalidClientMetadata(
    `${name} must be a list of {issuer, subject, jwks_uri or jwks}: subject is account_id or email`,
  );
}
