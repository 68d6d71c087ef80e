import { AppError, type Clock, epochSeconds } from '../kernel/index.ts';
import { currentRequest } from '../log/index.ts';
import { isAcr, isAtLeast, multiFactor } from '../mfa/index.ts';
import type { Access } from '../rbac/index.ts';
import { type Caller, subjectOf } from './caller.ts';
import { ChallengeError } from './challenge-error.ts';
import type { Operation } from './define-operation.ts';
import { managementResource } from './resource-server.ts';

/** How an administrator has to be signed in to change anything; undefined asks for nothing. */
export type StepUp = { maxAgeSeconds: number } | undefined;

export interface AuthorizeDeps {
  issuer: string;
  clock: Clock;
  access: Access;
  stepUp: StepUp;
}

/**
 * The token needs the scope. A scope only says what the client may ask for, and anybody can consent to it for
 * themselves: whoever calls must have the permission too, by the engine that decides for applications.
 * @throws ChallengeError `insufficient_scope` or `insufficient_user_authentication`, and AppError `forbidden`
 */
export async function authorize(
  deps: AuthorizeDeps,
  caller: Caller,
  { permission, method, isQuestion }: Pick<Operation, 'permission' | 'method' | 'isQuestion'>,
  params: Readonly<Record<string, string>>,
): Promise<void> {
  if (permission === null) return;
  if (!caller.scopes.includes(permission)) {
    throw new ChallengeError('The access token does not have the scope that this needs.', {
      code: 'forbidden',
      error: 'insufficient_scope',
      scope: permission,
    });
  }
  const accountId = params['account_id'];
  const { isAllowed, reason } = await deps.access.check({
    subject: subjectOf(caller),
    action: { name: permission },
    resourceServer: managementResource(deps.issuer),
    resource: accountId === undefined ? undefined : { type: 'account', id: accountId },
    context: { address: currentRequest()?.address, acr: caller.acr },
  });
  if (!isAllowed) {
    const whose = caller.account === undefined ? 'This client' : 'Your account';
    throw new AppError('forbidden', `${whose} may not do this: ${permission} is needed.`, { detail: reason });
  }
  if (method !== 'get' && isQuestion !== true) requireStepUp(deps, caller);
}

/** RFC 9470: what changes something asks for two factors, lately. A client for itself has neither. */
function requireStepUp({ stepUp, clock }: AuthorizeDeps, { account, acr, authTime }: Caller): void {
  if (stepUp === undefined || account === undefined) return;
  const { maxAgeSeconds } = stepUp;
  const isStrong = isAcr(acr) && isAtLeast(acr, multiFactor);
  const isRecent = authTime !== undefined && epochSeconds(clock) - authTime <= maxAgeSeconds;
  if (isStrong && isRecent) return;
  throw new ChallengeError('Sign in again, with a second factor, to change anything.', {
    code: 'unauthorized',
    error: 'insufficient_user_authentication',
    acrValues: multiFactor,
    maxAge: maxAgeSeconds,
  });
}
