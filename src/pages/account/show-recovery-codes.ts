import { renderPage } from '../render-page.ts';
import { recoveryCodesView } from '../views/recovery-codes.ts';
import type { AccountOutcome, AccountRequest } from './account-request.ts';

/** In the answer to the form that made them, and nowhere else. */
export function showRecoveryCodes(
  { deps, ctx, action }: AccountRequest,
  codes: readonly string[],
): AccountOutcome {
  renderPage(deps, ctx, recoveryCodesView, { model: { codes, isOnTheWay: false, action, csrf: '' } });
  return 'shown';
}
