import { type Account, accountsRepository } from '../../accounts/index.ts';
import { type EnrollableFactor, type Owner, startGrace } from '../../mfa/index.ts';
import { withProof } from '../assurance.ts';
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
import { dateInWords } from '../time-in-words.ts';
import type { Shown } from '../view.ts';
import { type EnrolPasskeyModel, enrolPasskeyView } from '../views/enrol-passkey.ts';
import { type EnrolTotpModel, enrolTotpView } from '../views/enrol-totp.ts';
import { sealRecoveryCodes } from './save-recovery-codes.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

/** A second factor has to be set up before the way goes on; where it may wait, until when is said. */

export const enrolTotpPage = definePage({
  view: enrolTotpView,
  form: totpForm,
  async show(request: StepRequest, kept): Promise<Shown<EnrolTotpModel>> {
    const { account } = await ownerOf(request);
    return {
      ...(await totpSetup(request, account, kept.setup)),
      ...(await situationOf(request, account, 'passkey')),
    };
  },
  async submit(request, form): Promise<StepOutcome | Refusal<'code'>> {
    const aside = setAside(request, form.action, 'passkey');
    if (aside !== undefined) return aside;
    const factor = await confirmTotp(request, await ownerOf(request), form);
    return factor instanceof Refusal ? factor : enrolled(request, factor);
  },
});

export const enrolPasskeyPage = definePage({
  view: enrolPasskeyView,
  form: passkeyForm,
  async show(request: StepRequest): Promise<Shown<EnrolPasskeyModel>> {
    const { account } = await ownerOf(request);
    return {
      passkeyCreation: await creationFor(request, account),
      isOffer: false,
      ...(await situationOf(request, account, 'totp')),
    };
  },
  async submit(request, { action, passkey = '' }): Promise<StepOutcome | Refusal<'passkey'>> {
    const aside = setAside(request, action, 'totp');
    if (aside !== undefined) return aside;
    if (passkey === '') return new Refusal({ passkey: 'passkey.missing' });
    const factor = await confirmPasskey(request, await ownerOf(request), passkey);
    return factor instanceof Refusal ? factor : enrolled(request, factor);
  },
});

/** What was set up a moment ago is proved, and its recovery codes come next. */
export async function enrolled(
  { deps, person, progress }: StepRequest,
  { proof, recoveryCodes }: NewFactor,
): Promise<StepOutcome> {
  if (person === undefined) return { identifier: null };
  return {
    ...withProof(person, progress, proof),
    ...(recoveryCodes === undefined
      ? {}
      : { recoveryCodes: await sealRecoveryCodes(deps, person.accountId, recoveryCodes) }),
  };
}

export async function ownerOf({
  deps,
  ctx,
  uiLocales,
  person,
}: StepRequest): Promise<Owner & { account: Account }> {
  const account = await accountsRepository(deps.database).findById(person?.accountId ?? '');
  if (account === undefined) throw new Error('nobody is on the way here');
  return { account, locale: localeOf(deps.templates.locales, ctx, uiLocales) };
}

async function situationOf(request: StepRequest, account: Account, other: EnrollableFactor) {
  const { deps, ctx, uiLocales, person } = request;
  const missing = person?.assessed.missing;
  const isEnrolment = missing?.step === 'enrol';
  const dueAt = isEnrolment ? missing.dueAt : undefined;
  const locale = localeOf(deps.templates.locales, ctx, uiLocales);
  if (dueAt !== undefined) await startGrace(deps, { account, locale }, new Date(dueAt));
  return {
    email: account.email,
    other: isEnrolment && missing.factors.includes(other) ? other : null,
    dueOn: dueAt === undefined ? null : dateInWords(locale, new Date(dueAt)),
    isOnTheWay: true,
  };
}

function setAside(
  { person }: StepRequest,
  action: string | undefined,
  other: EnrollableFactor,
): StepOutcome | undefined {
  const missing = person?.assessed.missing;
  if (action === 'other') return { enrolment: other };
  const mayWait = missing?.step === 'enrol' && missing.dueAt !== undefined;
  return action === 'later' && mayWait ? { isFactorPostponed: true } : undefined;
}
