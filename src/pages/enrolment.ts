import { toString as qrCode } from 'qrcode';
import { z } from 'zod';
import type { Account } from '../accounts/index.ts';
import { displayNameOf } from '../accounts/index.ts';
import { digest, epochSeconds } from '../kernel/index.ts';
import {
  enrolFactor,
  newTotpSecret,
  type Owner,
  type Passkey,
  type Proof,
  passkeyCreation,
  passkeyName,
  stepOf,
  totpAddress,
  verifyCreation,
} from '../mfa/index.ts';
import { describeBrowser } from '../templates/index.ts';
import { type PageRequest, Refusal } from './define-page.ts';
import { passkeyChallenge, passkeyChallenges } from './passkey-challenge.ts';
import { localeOf } from './render-page.ts';

/** Setting up a factor, on the way to an app and in the account alike. */

export const totpForm = z.object({
  action: z.string().optional(),
  setup: z.string().max(2000).optional(),
  code: z.string().max(100, 'code.wrong').optional(),
});

export const passkeyForm = z.object({
  action: z.string().optional(),
  passkey: z.string().max(100_000, 'passkey.wrong').optional(),
});

/** What was enrolled: recovery codes come with the first factor. */
export interface NewFactor {
  recoveryCodes: string[] | undefined;
  proof: Proof;
}

export interface TotpSetup {
  /** The key, sealed: it is stored when a code of it was entered, and not before. */
  setup: string;
  /** An image, as an address with the image in it. */
  qr: string;
  /** The key as people type it, in groups of four. */
  groups: string;
}

/** @param kept what the form brought back, so that a wrong code does not ask for another scan */
export async function totpSetup(
  request: PageRequest,
  { email }: { email: string },
  kept: string | undefined,
): Promise<TotpSetup> {
  const { deps } = request;
  const known = kept === undefined ? undefined : await openSetup(request, kept);
  const secret = known ?? newTotpSecret();
  const setup = known === undefined ? await deps.sealer.seal(secret, setupBinding(request)) : (kept ?? '');
  const address = totpAddress(secret, { issuer: new URL(deps.issuer).host, label: email });
  const svg = await qrCode(address, { type: 'svg', margin: 2, errorCorrectionLevel: 'M' });
  return {
    setup,
    qr: `data:image/svg+xml,${encodeURIComponent(svg)}`,
    groups: (secret.match(/.{1,4}/g) ?? []).join(' '),
  };
}

export async function confirmTotp(
  request: PageRequest,
  owner: Owner,
  { setup = '', code = '' }: z.output<typeof totpForm>,
): Promise<NewFactor | Refusal<'code'>> {
  const { deps } = request;
  if (code.trim() === '') return new Refusal({ code: 'totp.missing' });
  const secret = await openSetup(request, setup);
  const step = secret === undefined ? undefined : stepOf(deps.clock, secret, code);
  if (secret === undefined || step === undefined) return new Refusal({ code: 'totp.wrong' });
  const enrolled = await enrolFactor(deps, owner, { totp: { secret, step } });
  const proof = { factor: 'totp', at: epochSeconds(deps.clock) } as const;
  return { recoveryCodes: enrolled?.recoveryCodes, proof };
}

export function creationFor(request: PageRequest, account: Account): Promise<string> {
  const { id, email } = account;
  return passkeyCreation(request.deps, {
    account: { id, email, name: displayNameOf(account) },
    challenge: passkeyChallenge(request),
  });
}

export async function confirmPasskey(
  request: PageRequest,
  owner: Owner,
  answer: string,
): Promise<NewFactor | Refusal<'passkey'>> {
  const { deps } = request;
  const created = await verifyCreation(deps, {
    answer,
    challenges: passkeyChallenges(request),
    accountId: owner.account.id,
  });
  if (typeof created === 'string') return new Refusal({ passkey: `passkey.${created}` });
  const passkey = { ...created.passkey, name: nameFor(request, created.passkey) };
  const enrolled = await enrolFactor(deps, owner, { passkey });
  if (enrolled === undefined) return new Refusal({ passkey: 'passkey.taken' });
  return { recoveryCodes: enrolled.recoveryCodes, proof: created.proof };
}

/** What keeps it, where that is known; otherwise where it was made. Its owner may call it something else. */
function nameFor({ deps, ctx, uiLocales }: PageRequest, { aaguid }: Pick<Passkey, 'aaguid'>): string {
  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, uiLocales);
  const known = passkeyName(aaguid);
  return (
    known ?? describeBrowser(ctx.get('User-Agent'), (key, values) => locales.format(locale, key, values))
  );
}

async function openSetup(request: PageRequest, setup: string): Promise<string | undefined> {
  try {
    return await request.deps.sealer.open(setup, setupBinding(request));
  } catch {
    // Of another session or page, or made up.
    return undefined;
  }
}

function setupBinding({ binding }: PageRequest): string {
  return `totp-setup/${digest(binding).slice(0, 16)}`;
}
