import { minPasswordLength } from '../../passwords/index.ts';
import { defineView, longClient, sampleClient } from '../view.ts';

export interface ResetPasswordModel {
  action: string;
  csrf: string;
  email: string;
  minPasswordLength: number;
  /** A link has nowhere to go back to. */
  canCancel: boolean;
}

const model: ResetPasswordModel = {
  action: '#',
  csrf: 'sample',
  email: 'ada@example.com',
  minPasswordLength,
  canCancel: true,
};

export const resetPasswordView = defineView<ResetPasswordModel, 'password'>({
  name: 'reset-password',
  fields: ['password'],
  hinted: ['password'],
  samples: {
    empty: { model, client: sampleClient },
    'without an app': { model: { ...model, canCancel: false } },
    'too short': {
      model,
      client: longClient,
      problems: { password: { key: 'new-password.too_short', values: { min: minPasswordLength } } },
    },
  },
});
