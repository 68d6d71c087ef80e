import { updateProfile } from '../../accounts/index.ts';
import { definePage } from '../define-page.ts';
import { profileFields, profileView } from '../views/profile.ts';
import type { AccountRequest } from './account-request.ts';
import { claimsOf, formOf, profileForm } from './profile-form.ts';

/** What apps that are allowed to see the profile see of it. */
export const profilePage = definePage({
  view: profileView,
  form: profileForm,
  show({ account }: AccountRequest, kept) {
    const values = { ...formOf(account.claims), ...kept };
    return { inputs: profileFields.map(field => ({ ...field, value: values[field.id] ?? '' })) };
  },
  async submit({ deps, account }, form): Promise<'done'> {
    await updateProfile(deps, account.id, claimsOf(form));
    return 'done';
  },
});
