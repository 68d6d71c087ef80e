import { accountsRepository, type ProfileRules, updateProfile } from '../../accounts/index.ts';
import { claimsOf, formOf, profileForm, profileInputs } from '../account/profile-form.ts';
import { definePage } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { completeProfileViewOf } from '../views/complete-profile.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

/** Whoever is signed in says what has to be known of them before they reach the app. */
export function completeProfilePage(rules: ProfileRules) {
  return definePage({
    view: completeProfileViewOf(rules.required),
    form: profileForm(rules, rules.required),
    async show(request: StepRequest, kept) {
      const { deps, ctx, uiLocales } = request;
      const { locales } = deps.templates;
      const locale = localeOf(locales, ctx, uiLocales);
      const values = { ...formOf((await accountOf(request))?.claims ?? {}), ...kept };
      return { inputs: profileInputs(rules, rules.required, values, { locales, locale }) };
    },
    async submit(request, form): Promise<StepOutcome> {
      const account = await accountOf(request);
      if (account === undefined) return {};
      await updateProfile(request.deps, account.id, { claims: claimsOf(form, account.claims, rules) });
      return { isComplete: true };
    },
  });
}

function accountOf({ deps, interaction }: StepRequest) {
  return accountsRepository(deps.database).findById(interaction.session?.accountId ?? '');
}
