import { accountsRepository, isAway, maySignIn } from '../accounts/index.ts';
import { recordEvent } from '../audit/index.ts';
import { passkeysRepository, verifyAssertion } from '../mfa/index.ts';
import { Refusal } from './define-page.ts';
import { passkeyChallenges } from './passkey-challenge.ts';
import type { StepOutcome, StepRequest } from './steps/step-request.ts';
import { welcome } from './welcome.ts';

/**
 * A passkey that says by itself who it is of: with user verification it is both factors at once.
 * @returns what to say where it opens nothing; the same for every account that may not sign in
 */
export async function signInWithPasskey(
  request: StepRequest,
  answer: string,
): Promise<StepOutcome | Refusal<'passkey'>> {
  const { deps, interaction } = request;
  const result = await verifyAssertion(deps, {
    answer,
    challenges: passkeyChallenges(request),
    accountId: undefined,
  });
  if (typeof result === 'string') {
    if (result === 'copied') await recordCopy(request, answer);
    if (result === 'unknown') request.ctx.state['unknownPasskey'] = idIn(answer);
    return new Refusal({ passkey: `passkey.${result}` });
  }
  const account = await accountsRepository(deps.database).findById(result.accountId);
  if (account === undefined || !maySignIn(account)) {
    const event = {
      type: 'sign-in.failed',
      accountId: account?.id,
      actor: { kind: 'anyone' },
      clientId: String(interaction.params['client_id']),
    } as const;
    await deps.database.prisma.$transaction(transaction => recordEvent(transaction, deps, event));
    return new Refusal({ passkey: 'passkey.wrong' });
  }
  await welcome(request, account);
  return {
    identifier: account.email,
    authenticated: { accountId: account.id, proofs: [result.proof] },
    isAway: isAway(account),
  };
}

/** There are two of it, which its owner has to know. */
export async function recordCopy({ deps }: StepRequest, answer: string): Promise<void> {
  const passkey = await passkeysRepository(deps.database, deps.clock).find(idIn(answer));
  if (passkey === undefined) return;
  const event = {
    type: 'factor.copied',
    accountId: passkey.accountId,
    actor: { kind: 'anyone' },
    details: { factor: 'passkey' },
  } as const;
  await deps.database.prisma.$transaction(transaction => recordEvent(transaction, deps, event));
}

/** Of an answer that was understood. */
function idIn(answer: string): string {
  return (JSON.parse(answer) as { id: string }).id;
}
