import { z } from 'zod';
import { isRegistrationOffered } from '../../registration/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { identifierView } from '../views/identifier.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const missing = 'identifier.missing';
const missingAny = 'identifier.missing-any';

/** Says the same about every identifier, known or not: nothing is looked up here. */
export const identifyPage = definePage({
  view: identifierView,
  form: z.object({ action: z.string().optional(), identifier: z.string().trim().optional() }),
  show: ({ deps, interaction }: StepRequest, kept) => ({
    identifier: kept.identifier ?? hintOf(interaction.params),
    mayRegister: isRegistrationOffered(deps.accountRegistration),
    hasUsernames: deps.profileRules.hasUsernames,
  }),
  submit({ deps }, { action, identifier = '' }): Promise<StepOutcome | Refusal<'identifier'>> {
    const isRegistering = action === 'register' && isRegistrationOffered(deps.accountRegistration);
    if (isRegistering) return Promise.resolve({ registration: {} });
    const isPossible = identifier !== '' && identifier.length <= 320;
    return Promise.resolve(
      isPossible
        ? { identifier }
        : new Refusal({ identifier: deps.profileRules.hasUsernames ? missingAny : missing }),
    );
  },
});

/** What the app says of who it is (OpenID Connect Core 1.0 section 3.1.2.1). */
export function hintOf(params: Record<string, unknown>): string {
  const loginHint = params['login_hint'];
  return typeof loginHint === 'string' ? loginHint.slice(0, 320) : '';
}
