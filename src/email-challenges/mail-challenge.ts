import type { Outbox } from '../mail/index.ts';
import type { Transaction } from '../store/index.ts';
import { type ChallengeDeps, emailChallenges, type NewChallenge } from './challenges.repository.ts';
import type { ChallengeSecrets, EmailChallenge } from './email-challenge.ts';

export interface MailChallengeDeps extends ChallengeDeps {
  outbox: Outbox;
}

/** What the mail says is the business of whoever asks for it. */
export type WriteMail = (transaction: Transaction, secrets: ChallengeSecrets) => Promise<void>;

/** A challenge and its mail, both or neither. @returns the id of the challenge */
export async function startChallenge(
  deps: MailChallengeDeps,
  challenge: NewChallenge,
  write: WriteMail,
): Promise<string> {
  const id = await deps.database.prisma.$transaction(async transaction => {
    const started = await emailChallenges(deps).start(transaction, challenge);
    if (started.secrets !== undefined) await write(transaction, started.secrets);
    return started.id;
  });
  deps.outbox.soon();
  return id;
}

/** Another code and link instead of those before. @returns 'wait' where the last mail is too fresh */
export async function renewChallenge(
  deps: MailChallengeDeps,
  { id }: EmailChallenge,
  write: WriteMail,
): Promise<'sent' | 'wait' | 'over'> {
  const result = await deps.database.prisma.$transaction(async transaction => {
    const renewed = await emailChallenges(deps).renew(transaction, id);
    if (renewed === undefined) return 'over';
    if (renewed === 'wait') return 'wait';
    if (renewed.secrets !== undefined) await write(transaction, renewed.secrets);
    return 'sent';
  });
  deps.outbox.soon();
  return result;
}
