import { z } from 'zod';
import { type Account, displayNameOf } from '../../accounts/index.ts';
import {
  distrustBrowser,
  hasSecondFactor,
  type Passkey,
  passkeysRepository,
  recoveryCodesOf,
  removeFactor,
  renamePasskey,
  renewRecoveryCodes,
  standingRepository,
  totpOf,
  trustedBrowsersOf,
} from '../../mfa/index.ts';
import { describeBrowser } from '../../templates/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { dateInWords } from '../time-in-words.ts';
import type { Shown } from '../view.ts';
import { type FactorsModel, factorsView } from '../views/factors.ts';
import type { AccountOutcome, AccountRequest } from './account-request.ts';
import { showRecoveryCodes } from './show-recovery-codes.ts';

/** What somebody signs in with beside the password, and the browsers in which they are asked less. */
export const factorsPage = definePage({
  view: factorsView,
  form: z.object({
    remove: z.string().optional(),
    remove_passkey: z.string().optional(),
    passkey_id: z.string().optional(),
    name: z.string().trim().max(100, 'factors.name-missing').optional(),
    renew: z.string().optional(),
    distrust: z.string().optional(),
  }),
  async show(request: AccountRequest): Promise<Shown<FactorsModel>> {
    const { deps, account } = request;
    const [passkeys, totp, codes, browsers, standing] = await Promise.all([
      passkeysRepository(deps.database, deps.clock).listOf(account.id),
      totpOf(deps.database, account.id),
      recoveryCodesOf(deps.database, account.id),
      trustedBrowsersOf(deps, account.id),
      standingRepository(deps.database, deps.factorPolicies).of(account.id),
    ]);
    const { say, day } = wordsOf(request);
    return {
      passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
        id,
        name,
        about: usedInWords(request, createdAt, lastUsedAt),
      })),
      totp: totp === undefined ? null : usedInWords(request, totp.createdAt, totp.lastUsedAt),
      recoveryCodes:
        standing !== undefined && hasSecondFactor(standing.means)
          ? say('factors.codes-left', { left: codes.left })
          : null,
      browsers: browsers.map(({ id, userAgent, expiresAt }) => ({
        id,
        browser: describeBrowser(userAgent, say),
        until: say('factors.until', { date: day(expiresAt) }),
      })),
      mayEnrol: standing?.policy !== 'off',
      ...signalsOf(request, account, passkeys),
    };
  },
  async submit(request, form): Promise<AccountOutcome | Refusal<'name'>> {
    const { deps, account } = request;
    const accountId = account.id;
    const owner = { account, locale: wordsOf(request).locale };
    const { remove, remove_passkey: passkeyId, passkey_id: renamed, name = '', renew, distrust } = form;
    if (remove === 'totp') await removeFactor(deps, owner, 'totp');
    if (passkeyId !== undefined) await removeFactor(deps, owner, { passkeyId });
    if (renamed !== undefined) {
      if (name === '') return new Refusal({ name: 'factors.name-missing' });
      await renamePasskey(deps, { accountId, passkeyId: renamed, name });
    }
    if (distrust !== undefined) await distrustBrowser(deps, accountId, distrust);
    if (renew !== undefined) return showRecoveryCodes(request, await renewRecoveryCodes(deps, owner));
    return { to: '/account/factors' };
  },
});

/** Password managers are told which passkeys are good here and whose they are (Web Authentication Level 3 section 5.1.10). */
function signalsOf({ deps }: AccountRequest, account: Account, passkeys: readonly Passkey[]) {
  const about = { rpId: deps.passkeyRules.rpId, userId: Buffer.from(account.id).toString('base64url') };
  return {
    kept: JSON.stringify({ ...about, allAcceptedCredentialIds: passkeys.map(({ id }) => id) }),
    owner: JSON.stringify({ ...about, name: account.email, displayName: displayNameOf(account) }),
  };
}

function usedInWords(request: AccountRequest, createdAt: Date, lastUsedAt: Date | undefined): string {
  const { say, day } = wordsOf(request);
  const since = say('factors.since', { date: day(createdAt) });
  return lastUsedAt === undefined
    ? since
    : say('factors.since-used', { date: day(createdAt), used: day(lastUsedAt) });
}

function wordsOf({ deps, ctx }: AccountRequest) {
  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, undefined);
  return {
    locale,
    say: (key: string, values?: Record<string, string | number>) => locales.format(locale, key, values),
    day: (at: Date) => dateInWords(locale, at),
  };
}
