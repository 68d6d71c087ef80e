import { z } from 'zod';
import { accountsRepository } from '../../accounts/index.ts';
import { definePage } from '../define-page.ts';
import { selectAccountView } from '../views/select-account.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

export const selectAccountPage = definePage({
  view: selectAccountView,
  form: z.object({ action: z.string().optional() }),
  async show({ deps, interaction }: StepRequest) {
    const account = await accountsRepository(deps.database).findById(interaction.session?.accountId ?? '');
    return { account: account?.email ?? '' };
  },
  submit: async (_request, { action }): Promise<StepOutcome> => ({
    chosenAccount: action === 'other' ? 'other' : 'current',
  }),
});
