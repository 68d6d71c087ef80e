import { passwordPolicies } from '../../passwords/index.ts';
import { type PasswordHint, passwordHint } from '../new-password.ts';
import { defineView, longClient, sampleClient } from '../view.ts';

export interface ResetPasswordModel extends PasswordHint {
  action: string;
  csrf: string;
  email: string;
  /** Why it has to be another, a message; null where the person wants to. */
  reason: string | null;
  /** A link has nowhere to go back to. */
  canCancel: boolean;
}

const rules = passwordHint(passwordPolicies.nist);
const model: ResetPasswordModel = {
  action: '#',
  csrf: 'sample',
  email: 'ada@example.com',
  ...rules,
  reason: null,
  canCancel: true,
};

export const resetPasswordView = defineView<ResetPasswordModel, 'password'>({
  name: 'reset-password',
  fields: ['password'],
  hinted: ['password'],
  samples: {
    empty: { model, client: sampleClient },
    'without an app': { model: { ...model, canCancel: false } },
    'too old': { model: { ...model, reason: 'reset-password.because-expired' }, client: sampleClient },
    'from a breach': {
      model: { ...model, reason: 'reset-password.because-breached' },
      client: sampleClient,
      problems: { password: 'new-password.same' },
    },
    'too short': {
      model,
      client: longClient,
      problems: { password: { key: 'new-password.too_short', values: { min: rules.minPasswordLength } } },
    },
  },
});
