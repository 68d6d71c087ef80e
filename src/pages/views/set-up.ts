import { passwordPolicies } from '../../passwords/index.ts';
import { type PasswordHint, passwordHint } from '../new-password.ts';
import { defineView } from '../view.ts';

export interface SetUpModel extends PasswordHint {
  action: string;
  csrf: string;
  name: string;
  email: string;
}

const rules = passwordHint(passwordPolicies.nist);
const model: SetUpModel = { action: '#', csrf: 'sample', name: '', email: '', ...rules };

export const setUpView = defineView<SetUpModel, 'name' | 'email' | 'password'>({
  name: 'set-up',
  fields: ['name', 'email', 'password'],
  hinted: ['password'],
  samples: {
    empty: { model },
    'everything wrong': {
      model: { ...model, email: 'ada' },
      problems: {
        name: 'name.missing',
        email: 'email.invalid',
        password: { key: 'new-password.too_short', values: { min: rules.minPasswordLength } },
      },
    },
  },
});
