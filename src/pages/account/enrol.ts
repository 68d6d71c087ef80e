import { AppError } from '../../kernel/index.ts';
import { achievedBy, type Owner, standingRepository } from '../../mfa/index.ts';
import { achievedIn } from '../../oidc/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import {
  confirmPasskey,
  confirmTotp,
  creationFor,
  type NewFactor,
  passkeyForm,
  totpForm,
  totpSetup,
} from '../enrolment.ts';
import { localeOf } from '../render-page.ts';
import type { Shown } from '../view.ts';
import { type EnrolPasskeyModel, enrolPasskeyView } from '../views/enrol-passkey.ts';
import { type EnrolTotpModel, enrolTotpView } from '../views/enrol-totp.ts';
import type { AccountOutcome, AccountRequest } from './account-request.ts';
import { showRecoveryCodes } from './show-recovery-codes.ts';

const here = { other: null, dueOn: null, isOnTheWay: false };

/** A second factor from the account, by who signed in a moment ago. */

export const accountTotpPage = definePage({
  view: enrolTotpView,
  form: totpForm,
  async show(request: AccountRequest, kept): Promise<Shown<EnrolTotpModel>> {
    await requireOffered(request);
    const { account } = request;
    return { ...here, email: account.email, ...(await totpSetup(request, account, kept.setup)) };
  },
  async submit(request, form): Promise<AccountOutcome | Refusal<'code'>> {
    await requireOffered(request);
    const factor = await confirmTotp(request, ownerOf(request), form);
    return factor instanceof Refusal ? factor : enrolled(request, factor);
  },
});

export const accountPasskeyPage = definePage({
  view: enrolPasskeyView,
  form: passkeyForm,
  async show(request: AccountRequest): Promise<Shown<EnrolPasskeyModel>> {
    await requireOffered(request);
    const { account } = request;
    const { email } = account;
    return { ...here, email, isOffer: false, passkeyCreation: await creationFor(request, account) };
  },
  async submit(request, { passkey = '' }): Promise<AccountOutcome | Refusal<'passkey'>> {
    await requireOffered(request);
    if (passkey === '') return new Refusal({ passkey: 'passkey.missing' });
    const factor = await confirmPasskey(request, ownerOf(request), passkey);
    return factor instanceof Refusal ? factor : enrolled(request, factor);
  },
});

/** The session has proved it too: otherwise its owner would be asked for it on the next page. */
async function enrolled(
  request: AccountRequest,
  { recoveryCodes, proof }: NewFactor,
): Promise<AccountOutcome> {
  const session = await request.deps.provider().Session.get(request.ctx);
  const { acr, amr } = achievedBy([proof], achievedIn(session));
  Object.assign(session, { acr, amr: [...amr] });
  await session.persist();
  return recoveryCodes === undefined ? { to: '/account/factors' } : showRecoveryCodes(request, recoveryCodes);
}

/** @throws AppError `forbidden` where policy has none */
async function requireOffered({ deps, account }: AccountRequest): Promise<void> {
  const standing = await standingRepository(deps.database, deps.factorPolicies).of(account.id);
  if (standing?.policy === 'off') {
    throw new AppError('forbidden', 'Second factors are not used here. Ask those who run this service.');
  }
}

function ownerOf({ deps, ctx, account }: AccountRequest): Owner {
  return { account, locale: localeOf(deps.templates.locales, ctx, undefined) };
}
