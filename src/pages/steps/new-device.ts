import type { Account } from '../../accounts/index.ts';
import { hasSecondFactor, standingRepository } from '../../mfa/index.ts';
import { mailNewDeviceCode } from '../code-by-mail.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

/**
 * A right password where this person never signed in before: where `NEW_DEVICE_CODE` says so, and there is no second
 * factor to ask for, a code by mail has to say that it is them.
 */
export async function challengeNewDevice(
  request: StepRequest,
  account: Account,
): Promise<Pick<StepOutcome, 'newDevice'> | undefined> {
  const { deps } = request;
  if (!deps.newDeviceCode || !account.isEmailVerified) return undefined;
  const standing = await standingRepository(deps.database, deps.factorPolicies).of(account.id);
  if (standing === undefined || hasSecondFactor(standing.means)) return undefined;
  return { newDevice: { challengeId: await mailNewDeviceCode(request, account) } };
}
