import { AppError } from '../kernel/index.ts';
import type { Caller } from './caller.ts';
import { ChallengeError } from './challenge-error.ts';
import type { ManagementScope } from './resource-server.ts';

/**
 * The token needs the scope. A scope only says what the client may ask for, and anybody can consent to it for
 * themselves: a person must also be allowed to. Without roles, that is the owner alone.
 * @throws ChallengeError `insufficient_scope`, and AppError `forbidden`
 */
export function authorize({ scopes, account }: Caller, permission: ManagementScope | null): void {
  if (permission === null) return;
  if (!scopes.includes(permission)) {
    throw new ChallengeError('The access token does not have the scope that this needs.', {
      code: 'forbidden',
      error: 'insufficient_scope',
      scope: permission,
    });
  }
  if (account?.isOwner === false) throw new AppError('forbidden', 'Your account may not do this.');
}
