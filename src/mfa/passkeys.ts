import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  SettingsService,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { z } from 'zod';
import { type Clock, dateOf, epochSeconds, sameSecret } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import type { Proof } from './factor.ts';
import { type Passkey, passkeysRepository } from './passkeys.repository.ts';

/** Where our passkeys are good (Web Authentication Level 3 section 5.1.3). */
export interface PasskeyRules {
  /** The domain that they are bound to: changing it makes all of them worthless. */
  rpId: string;
  /** Origins that may use them: our own, and those that `/.well-known/webauthn` names (section 5.11). */
  origins: readonly string[];
  /** Kinds of authenticators that may be enrolled; empty for any. Then the authenticator has to prove what it is. */
  aaguids: readonly string[];
}

/** COSE: EdDSA, ES256 and RS256, which every authenticator has one of. Named, so that the library need not try what this Node knows. */
const algorithms = [-8, -7, -257];

interface Deps {
  database: Pick<Database, 'pool'>;
  clock: Clock;
  passkeyRules: PasskeyRules;
}

/** What somebody is asked to create one with, as JSON for the browser. */
export async function passkeyCreation(
  { database, clock, passkeyRules }: Deps,
  { account, challenge }: { account: { id: string; email: string; name: string }; challenge: string },
): Promise<string> {
  const existing = await passkeysRepository(database, clock).listOf(account.id);
  const options = await generateRegistrationOptions({
    rpName: passkeyRules.rpId,
    rpID: passkeyRules.rpId,
    userName: account.email,
    userDisplayName: account.name,
    userID: new TextEncoder().encode(account.id),
    challenge: new TextEncoder().encode(challenge),
    attestationType: passkeyRules.aaguids.length === 0 ? 'none' : 'direct',
    excludeCredentials: existing.map(({ id, transports }) => ({ id, transports: [...transports] })),
    supportedAlgorithmIDs: [...algorithms],
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
  });
  return JSON.stringify(options);
}

/**
 * What somebody is asked to prove one with, as JSON for the browser.
 * @param accountId of who said already who they are: then only theirs will do, and a second factor needs no user verification
 */
export async function passkeyRequest(
  { database, clock, passkeyRules }: Deps,
  { accountId, challenge }: { accountId: string | undefined; challenge: string },
): Promise<string> {
  const existing = accountId === undefined ? [] : await passkeysRepository(database, clock).listOf(accountId);
  const options = await generateAuthenticationOptions({
    rpID: passkeyRules.rpId,
    challenge: new TextEncoder().encode(challenge),
    userVerification: accountId === undefined ? 'required' : 'preferred',
    allowCredentials: existing.map(({ id, transports }) => ({ id, transports: [...transports] })),
  });
  return JSON.stringify(options);
}

export type PasskeyProblem =
  /** The answer is none, or not to what was asked, or of another site. */
  | 'wrong'
  /** Nobody has it here: its owner removed it. */
  | 'unknown'
  /** Whoever held the device was not checked. */
  | 'unverified'
  /** The counter of its signatures went back: there are two of it. */
  | 'copied'
  /** Policy wants other kinds of authenticators. */
  | 'kind'
  | 'taken';

const base64url = z
  .string()
  .regex(/^[\w-]+$/)
  .max(8192);

const creationShape = z.object({
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: z
      .string()
      .regex(/^[\w-]+$/)
      .max(65_536),
    transports: z.array(z.string().max(32)).max(10).optional(),
  }),
});

const assertionShape = z.object({
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish(),
  }),
});

/** What came back, and any of the challenges that it may answer. */
interface CreationInput {
  answer: string;
  challenges: readonly string[];
  accountId: string;
}

interface AssertionInput {
  answer: string;
  challenges: readonly string[];
  accountId: string | undefined;
}

export interface Created {
  /** Its owner will see it under a name. */
  passkey: Omit<Passkey, 'name'>;
  proof: Proof;
}

/** Of what the browser brought back. Nothing is stored here. */
export async function verifyCreation(
  { clock, passkeyRules }: Pick<Deps, 'clock' | 'passkeyRules'>,
  { answer, challenges, accountId }: CreationInput,
): Promise<Created | PasskeyProblem> {
  const parsed = creationShape.safeParse(jsonOf(answer));
  if (!parsed.success) return 'wrong';
  try {
    const { registrationInfo: info } = await verifyRegistrationResponse({
      response: { ...parsed.data, clientExtensionResults: {} } as RegistrationResponseJSON,
      expectedChallenge: isOneOf(challenges),
      expectedOrigin: [...passkeyRules.origins],
      expectedRPID: passkeyRules.rpId,
      supportedAlgorithmIDs: [...algorithms],
      // A browser may create one by itself beside a password that it filled in (conditional create).
      requireUserPresence: false,
      requireUserVerification: false,
    });
    if (info === undefined) return 'wrong';
    const { aaguids } = passkeyRules;
    const isKnownKind = aaguids.includes(info.aaguid) && namesItsMaker(info.attestationObject);
    if (aaguids.length > 0 && !isKnownKind) return 'kind';
    const isSynced = info.credentialDeviceType === 'multiDevice';
    const { id, publicKey, counter } = info.credential;
    return {
      passkey: {
        id,
        accountId,
        publicKey,
        counter,
        transports: parsed.data.response.transports ?? [],
        aaguid: info.aaguid,
        isSynced,
        createdAt: dateOf(clock),
        lastUsedAt: undefined,
      },
      proof: { factor: 'passkey', at: epochSeconds(clock), isUserVerified: info.userVerified, isSynced },
    };
  } catch {
    return 'wrong';
  }
}

/** The library checks the chain up to our roots, where there is one: an authenticator that vouches for itself has none. */
function namesItsMaker(attestationObject: Uint8Array): boolean {
  const certificates = decodeAttestationObject(Uint8Array.from(attestationObject)).get('attStmt').get('x5c');
  return (certificates?.length ?? 0) > 0;
}

/** Makers whose attestations count, in PEM; for this process, as the library keeps them. */
export function trustAttestationRoots(pem: string | undefined): void {
  const certificates = pem?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) return;
  for (const identifier of ['packed', 'fido-u2f', 'tpm'] as const) {
    SettingsService.setRootCertificates({ identifier, certificates });
  }
}

export interface Asserted {
  accountId: string;
  proof: Proof;
}

/**
 * Of what the browser brought back.
 * @param accountId of whom it has to be; undefined where the passkey itself says who it is, which takes user verification
 */
export async function verifyAssertion(
  { database, clock, passkeyRules }: Deps,
  { answer, challenges, accountId }: AssertionInput,
): Promise<Asserted | PasskeyProblem> {
  const parsed = assertionShape.safeParse(jsonOf(answer));
  if (!parsed.success) return 'wrong';
  const repository = passkeysRepository(database, clock);
  const passkey = await repository.find(parsed.data.id);
  if (passkey === undefined) return 'unknown';
  if (accountId !== undefined && passkey.accountId !== accountId) return 'wrong';
  const { userHandle } = parsed.data.response;
  const isNamed = typeof userHandle === 'string';
  if (isNamed && Buffer.from(userHandle, 'base64url').toString() !== passkey.accountId) return 'wrong';
  const info = await verified(passkeyRules, parsed.data as AssertionAnswer, challenges, passkey);
  if (info === undefined) return 'wrong';
  if (accountId === undefined && !info.userVerified) return 'unverified';
  if (!(await repository.use(passkey.id, info.newCounter))) return 'copied';
  return {
    accountId: passkey.accountId,
    proof: {
      factor: 'passkey',
      at: epochSeconds(clock),
      isUserVerified: info.userVerified,
      isSynced: passkey.isSynced,
    },
  };
}

type AssertionAnswer = Omit<AuthenticationResponseJSON, 'clientExtensionResults'>;

async function verified(
  rules: PasskeyRules,
  answer: AssertionAnswer,
  challenges: readonly string[],
  passkey: Passkey,
) {
  try {
    const { verified: isGood, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...answer, clientExtensionResults: {} },
      expectedChallenge: isOneOf(challenges),
      expectedOrigin: [...rules.origins],
      expectedRPID: rules.rpId,
      requireUserVerification: false,
      // The counter is compared where it is stored, so that of two answers at once one counts.
      credential: { id: passkey.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
    });
    return isGood ? authenticationInfo : undefined;
  } catch {
    return undefined;
  }
}

/** The browser signs the bytes of our text, base64url. */
function isOneOf(challenges: readonly string[]) {
  const expected = challenges.map(text => Buffer.from(text).toString('base64url'));
  return (signed: string) => expected.some(each => sameSecret(each, signed));
}

function jsonOf(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}
