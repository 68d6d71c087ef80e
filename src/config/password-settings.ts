import { z } from 'zod';
import { define } from './definition.ts';
import { encryptionKeys } from './formats.ts';

/** Settings about passwords: what they have to be, and what is kept of them. */
export const passwordSettings = {
  passwordPolicy: define({
    env: 'PASSWORD_POLICY',
    schema: z.enum(['nist', 'pci-dss-4', 'legacy-ad'], { error: 'must be nist, pci-dss-4 or legacy-ad' }),
    fallback: 'nist',
    describe:
      '`nist` (SP 800-63B-4): 15 characters, no other rules, no expiry. `pci-dss-4`: 12 with letters and digits, none of the last 4, 90 days. `legacy-ad`: 8 of three kinds, none of the last 24, 42 days. What is easy to guess is refused by all.',
  }),
  passwordPeppers: define({
    env: 'PASSWORD_PEPPERS',
    schema: encryptionKeys,
    fallback: undefined,
    describe:
      'Keys that are mixed into passwords before they are hashed, so that a stolen table of hashes is worth nothing: `id:key` pairs as in `ENCRYPTION_KEYS`. The first is for new hashes; a sign-in moves a password to it. Take none away that a password still needs.',
    isSecret: true,
  }),
  breachedPasswordsList: define({
    env: 'BREACHED_PASSWORDS_LIST',
    schema: z.string().regex(/^(\/|[A-Za-z]:\\)/, 'must be the absolute path of a file'),
    fallback: undefined,
    describe:
      'A file with the SHA-1 digests of passwords from breaches, in upper case hexadecimal, one a line, sorted, each with anything after a colon. It may be large: it is not loaded. Whoever signs in with one of these has to choose another.',
  }),
  breachedPasswordsUrl: define({
    env: 'BREACHED_PASSWORDS_URL',
    schema: z.string().regex(/^https:\/\/\S+\/$/, 'must be an https address that ends with a slash'),
    fallback: undefined,
    describe:
      'A service that is asked for passwords from breaches by the first five digits of their SHA-1 digest (k-anonymity): the address before those digits.',
  }),
  breachedPasswordsOnFailure: define({
    env: 'BREACHED_PASSWORDS_ON_FAILURE',
    schema: z.enum(['allow', 'refuse'], { error: 'must be allow or refuse' }),
    fallback: 'allow',
    describe:
      'What becomes of passwords, new ones and those people sign in with, while that service does not answer within two seconds.',
  }),
};
