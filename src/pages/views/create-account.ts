import { passwordPolicies } from '../../passwords/index.ts';
import type { DocumentLink } from '../documents-form.ts';
import { type PasswordHint, passwordHint } from '../new-password.ts';
import { defineView, longClient, sampleClient } from '../view.ts';

export interface CreateAccountModel extends PasswordHint {
  action: string;
  csrf: string;
  email: string;
  name: string;
  /** Null where there are none. */
  username: string | null;
  /** What people agree to by making the account. */
  documents: DocumentLink[];
  /** A link has nowhere to go back to. */
  canCancel: boolean;
}

const rules = passwordHint(passwordPolicies.nist);
const model: CreateAccountModel = {
  action: '#',
  csrf: 'sample',
  email: 'ada@example.com',
  name: '',
  username: null,
  ...rules,
  documents: [],
  canCancel: true,
};

export const createAccountView = defineView<CreateAccountModel, 'name' | 'username' | 'password'>({
  name: 'create-account',
  fields: ['name', 'username', 'password'],
  hinted: ['username', 'password'],
  samples: {
    empty: { model, client: sampleClient },
    'with documents': {
      model: {
        ...model,
        documents: [
          { title: 'Terms of use', href: '#terms', version: 'a' },
          { title: 'Privacy notice', href: '#privacy', version: 'b' },
        ],
      },
      client: sampleClient,
    },
    'with a username': {
      model: { ...model, username: 'ada' },
      client: sampleClient,
      problems: { username: 'profile.username-taken' },
    },
    'without an app': { model: { ...model, canCancel: false } },
    'everything wrong': {
      model,
      client: longClient,
      problems: {
        name: 'name.missing',
        password: { key: 'new-password.too_short', values: { min: rules.minPasswordLength } },
      },
    },
  },
});
