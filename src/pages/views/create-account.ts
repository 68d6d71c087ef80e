import { passwordPolicies } from '../../passwords/index.ts';
import { type PasswordHint, passwordHint } from '../new-password.ts';
import { defineView, longClient, sampleClient } from '../view.ts';

export interface CreateAccountModel extends PasswordHint {
  action: string;
  csrf: string;
  email: string;
  name: string;
  /** A link has nowhere to go back to. */
  canCancel: boolean;
}

const rules = passwordHint(passwordPolicies.nist);
const model: CreateAccountModel = {
  action: '#',
  csrf: 'sample',
  email: 'ada@example.com',
  name: '',
  ...rules,
  canCancel: true,
};

export const createAccountView = defineView<CreateAccountModel, 'name' | 'password'>({
  name: 'create-account',
  fields: ['name', 'password'],
  hinted: ['password'],
  samples: {
    empty: { model, client: sampleClient },
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
