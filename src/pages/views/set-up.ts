import { minPasswordLength } from '../../passwords/index.ts';
import { defineView } from '../view.ts';

export interface SetUpModel {
  action: string;
  csrf: string;
  name: string;
  email: string;
  minPasswordLength: number;
}

const model: SetUpModel = { action: '#', csrf: 'sample', name: '', email: '', minPasswordLength };

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
        password: { key: 'new-password.too_short', values: { min: minPasswordLength } },
      },
    },
  },
});
