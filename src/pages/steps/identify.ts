import { z } from 'zod';
import { isRegistrationOffered } from '../../registration/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { passkeyButton } from '../passkey-button.ts';
import { signInWithPasskey } from '../sign-in-with-passkey.ts';
import type { Shown } from '../view.ts';
import { type IdentifierModel, identifierView } from '../views/identifier.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const missing = 'identifier.missing';
const missingAny = 'identifier.missing-any';

/** Says the same about every identifier, known or not: nothing is looked up here. */
export const identifyPage = definePage({
  view: identifierView,
  form: z.object({
    action: z.string().optional(),
    identifier: z.string().trim().optional(),
    passkey: z.string().max(20_000, 'passkey.wrong').optional(),
    has_authenticator: z.string().optional(),
  }),
  show: async (request: StepRequest, kept): Promise<Shown<IdentifierModel>> => ({
    identifier: kept.identifier ?? hintOf(request.interaction.params),
    mayRegister: isRegistrationOffered(request.deps.accountRegistration),
    hasUsernames: request.deps.profileRules.hasUsernames,
    ...(await passkeyButton(request, undefined)),
  }),
  async submit(request, form): Promise<StepOutcome | Refusal<'identifier' | 'passkey'>> {
    const { deps } = request;
    const { action, identifier = '', passkey = '' } = form;
    const said = form.has_authenticator === 'yes' ? { hasAuthenticator: true } : {};
    const isRegistering = action === 'register' && isRegistrationOffered(deps.accountRegistration);
    if (isRegistering) return { ...said, registration: {} };
    if (action === 'passkey') {
      const outcome = await signInWithPasskey(request, passkey);
      return outcome instanceof Refusal ? outcome : { ...said, ...outcome };
    }
    const isPossible = identifier !== '' && identifier.length <= 320;
    if (isPossible) return { ...said, identifier };
    return new Refusal({ identifier: deps.profileRules.hasUsernames ? missingAny : missing });
  },
});

/** What the app says of who it is (OpenID Connect Core 1.0 section 3.1.2.1). */
export function hintOf(params: Record<string, unknown>): string {
  const loginHint = params['login_hint'];
  return typeof loginHint === 'string' ? loginHint.slice(0, 320) : '';
}
