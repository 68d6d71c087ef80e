import { z } from 'zod';
import type { Sealer } from '../../store/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import type { Shown } from '../view.ts';
import { type RecoveryCodesModel, recoveryCodesView } from '../views/recovery-codes.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

/** Codes that were made with a first second factor: nobody goes on without saying that they are kept. */
export const saveRecoveryCodesPage = definePage({
  view: recoveryCodesView,
  form: z.object({ saved: z.string().optional() }),
  async show({ deps, progress, person }: StepRequest): Promise<Shown<RecoveryCodesModel>> {
    const sealed = progress.recoveryCodes ?? '';
    const codes = await deps.sealer.open(sealed, bindingOf(person?.accountId ?? ''));
    return { codes: JSON.parse(codes) as string[], isOnTheWay: true };
  },
  submit: (_request, { saved }): Promise<StepOutcome | Refusal<'saved'>> =>
    Promise.resolve(
      saved === undefined ? new Refusal({ saved: 'recovery-codes.not-saved' }) : { recoveryCodes: null },
    ),
});

/** For the interaction, which keeps them until they have been seen. */
export function sealRecoveryCodes(
  { sealer }: { sealer: Sealer },
  accountId: string,
  codes: readonly string[],
): Promise<string> {
  return sealer.seal(JSON.stringify(codes), bindingOf(accountId));
}

function bindingOf(accountId: string): string {
  return `recovery-codes-shown/${accountId}`;
}
