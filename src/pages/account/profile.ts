import { type ProfileRules, updateProfile } from '../../accounts/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { profileViewOf } from '../views/profile.ts';
import type { AccountOutcome, AccountRequest } from './account-request.ts';
import { claimsOf, fieldNames, formOf, labelOf, profileForm, profileInputs } from './profile-form.ts';

/** What apps that are allowed to see the profile see of it. */
export function profilePage(rules: ProfileRules) {
  const names = fieldNames(rules);
  return definePage({
    view: profileViewOf(names),
    form: profileForm(rules),
    show({ deps, ctx, account }: AccountRequest, kept) {
      const { locales } = deps.templates;
      const locale = localeOf(locales, ctx, undefined);
      const known: Record<string, string> = { ...formOf(account.claims), username: account.username ?? '' };
      return {
        inputs: profileInputs(rules, names, { ...known, ...kept }, { locales, locale }),
        // Others say it, they may see it.
        facts: rules.attributes
          .filter(
            ({ read, write, name }) => read === 'owner' && write !== 'owner' && known[name] !== undefined,
          )
          .map(attribute => ({ label: labelOf(attribute, locale), value: known[attribute.name] ?? '' })),
      };
    },
    async submit({ deps, account }, form): Promise<AccountOutcome | Refusal<string>> {
      const claims = claimsOf(form, account.claims, rules);
      const problem = await updateProfile(deps, account.id, { claims, username: form['username'] });
      if (problem !== undefined) return new Refusal({ username: 'profile.username-taken' });
      return 'done';
    },
  });
}
