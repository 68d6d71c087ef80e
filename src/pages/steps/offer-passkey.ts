import { postponePasskeyOffer } from '../../mfa/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { confirmPasskey, creationFor, passkeyForm } from '../enrolment.ts';
import type { Shown } from '../view.ts';
import { type EnrolPasskeyModel, enrolPasskeyView } from '../views/enrol-passkey.ts';
import { enrolled, ownerOf } from './enrol.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const notNowDays = 14;

/** Whoever signed in without a passkey, on a device that could keep one, is asked once in a while, and can say never. */
export const offerPasskeyPage = definePage({
  view: enrolPasskeyView,
  form: passkeyForm,
  async show(request: StepRequest): Promise<Shown<EnrolPasskeyModel>> {
    const { account } = await ownerOf(request);
    return {
      passkeyCreation: await creationFor(request, account),
      isOffer: true,
      email: account.email,
      other: null,
      dueOn: null,
      isOnTheWay: true,
    };
  },
  async submit(request, { action, passkey = '' }): Promise<StepOutcome | Refusal<'passkey'>> {
    const { deps } = request;
    const owner = await ownerOf(request);
    if (action === 'later' || action === 'never') {
      await postponePasskeyOffer(deps, owner.account.id, action === 'never' ? 'never' : notNowDays);
      return { isPasskeyOffered: true };
    }
    if (passkey === '') return new Refusal({ passkey: 'passkey.missing' });
    const factor = await confirmPasskey(request, owner, passkey);
    return factor instanceof Refusal
      ? factor
      : { ...(await enrolled(request, factor)), isPasskeyOffered: true };
  },
});
