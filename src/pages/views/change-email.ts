import { defineView } from '../view.ts';

export interface ChangeEmailModel {
  action: string;
  csrf: string;
  current: string;
  isProven: boolean;
  email: string;
}

const model: ChangeEmailModel = {
  action: '#',
  csrf: 'sample',
  current: 'ada@example.com',
  isProven: true,
  email: '',
};

export const changeEmailView = defineView<ChangeEmailModel, 'email'>({
  name: 'change-email',
  fields: ['email'],
  samples: {
    empty: { model },
    'never proven': { model: { ...model, isProven: false } },
    'no address': { model: { ...model, email: 'countess' }, problems: { email: 'email.invalid' } },
  },
});
