import { z } from 'zod';
import { epochSeconds } from '../../kernel/index.ts';
import { verifyPassword } from '../../passwords/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { passwordView } from '../views/password.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

export const passwordPage = definePage({
  view: passwordView,
  form: z.object({
    action: z.string().optional(),
    // Length is limited where it is verified, so that a long wrong password answers as any wrong password.
    password: z.string().optional(),
  }),
  show: ({ progress }: StepRequest) => ({ identifier: progress.identifier ?? '' }),
  async submit({ deps, progress }, { action, password = '' }): Promise<StepOutcome | Refusal<'password'>> {
    if (action === 'change') return { identifier: null };
    if (password === '') return new Refusal({ password: 'password.missing' });
    const account = await verifyPassword(deps, { identifier: progress.identifier ?? '', password });
    if (account === undefined) return new Refusal({ password: 'password.wrong' });
    // RFC 8176: pwd.
    return { authenticated: { accountId: account.id, at: epochSeconds(deps.clock), amr: ['pwd'] } };
  },
});
