import { type Account, emailKeyOf } from '../accounts/index.ts';
import { recordEvent } from '../audit/index.ts';
import { type EmailChallenge, emailChallenges, type MailChallengeDeps } from '../email-challenges/index.ts';
import { dateOf, newId } from '../kernel/index.ts';
import { addLink } from '../one-use-links/index.ts';
import type { PasswordPolicy } from '../passwords/index.ts';
import { lockName, type Transaction } from '../store/index.ts';

export interface EmailChangeDeps extends MailChallengeDeps {
  issuer: string;
  passwordPolicy: PasswordPolicy;
}

type Owner = Pick<Account, 'id' | 'email' | 'isEmailVerified'>;

/**
 * Somebody wants this address for their account, or to prove the one that it has. Both ends get a link; an address that
 * nobody has proven is not asked. Whether another account has the new one says the mail, and nothing else.
 */
export async function askForEmail(
  deps: EmailChangeDeps,
  { account, email, locale }: { account: Owner; email: string; locale: string },
): Promise<void> {
  const accountId = account.id;
  const values = { minutes: String(deps.codes.minutes) };
  const isProof = emailKeyOf(email) === emailKeyOf(account.email);
  await deps.database.prisma.$transaction(async transaction => {
    const challenges = emailChallenges(deps);
    const about = { purpose: 'change-email', accountId, clientId: undefined } as const;
    const asNew = await challenges.start(transaction, { ...about, email });
    const holder = await transaction.account.findUnique({ where: { emailKey: emailKeyOf(email) } });
    const isTaken = holder !== null && holder.id !== accountId;
    if (asNew.secrets !== undefined) {
      const url = `${deps.issuer}/confirm-email/${asNew.secrets.token}`;
      if (isTaken) {
        await deps.outbox.add(
          transaction,
          { to: holder.email, accountId: holder.id, locale },
          'email-taken',
          {},
        );
      } else {
        await deps.outbox.add(transaction, { to: email.trim(), accountId, locale }, 'confirm-new-email', {
          url,
          values,
        });
      }
    }
    let oldChallengeId: string | null = null;
    if (account.isEmailVerified && !isProof) {
      const asOld = await challenges.start(transaction, { ...about, email: account.email });
      oldChallengeId = asOld.id;
      if (asOld.secrets !== undefined) {
        await deps.outbox.add(transaction, { to: account.email, accountId, locale }, 'confirm-email-change', {
          url: `${deps.issuer}/confirm-email/${asOld.secrets.token}`,
          values: { ...values, email: email.trim() },
        });
      }
    }
    // One at a time: the links of an earlier wish lead nowhere.
    await transaction.emailChange.deleteMany({ where: { accountId, changedAt: null } });
    await transaction.emailChange.create({
      data: {
        id: newId(),
        accountId,
        email: email.trim(),
        newChallengeId: asNew.id,
        oldChallengeId,
        createdAt: dateOf(deps.clock),
      },
    });
  });
  deps.outbox.soon();
}

/** The change that a link belongs to, as long as it is the latest wish of its account. */
export async function findEmailChange(
  { database }: Pick<EmailChangeDeps, 'database'>,
  { id }: Pick<EmailChallenge, 'id'>,
): Promise<{ from: string; to: string } | undefined> {
  const change = await database.prisma.emailChange.findFirst({
    where: { changedAt: null, OR: [{ newChallengeId: id }, { oldChallengeId: id }] },
    include: { account: true },
  });
  return change === null ? undefined : { from: change.account.email, to: change.email };
}

/**
 * One end agrees. With the second the address is changed; of any number of links used at once, that happens once.
 * @returns 'half' where the other end has not agreed yet; undefined where the link is over or somebody has the address by now
 */
export async function confirmEmail(
  deps: EmailChangeDeps,
  { challenge, token, locale }: { challenge: EmailChallenge; token: string; locale: string },
): Promise<'half' | 'changed' | undefined> {
  const result = await deps.database.prisma.$transaction(async transaction => {
    const accountId = challenge.accountId ?? '';
    await lockName(transaction, `email of ${accountId}`);
    const change = await transaction.emailChange.findFirst({
      where: { changedAt: null, OR: [{ newChallengeId: challenge.id }, { oldChallengeId: challenge.id }] },
    });
    if (change === null || !(await emailChallenges(deps).use(transaction, challenge.id, token)))
      return undefined;
    const otherId = change.newChallengeId === challenge.id ? change.oldChallengeId : change.newChallengeId;
    if (otherId !== null) {
      const other = await transaction.emailChallenge.findUnique({ where: { id: otherId } });
      if (other === null) return undefined;
      if (other.usedAt === null) return 'half';
    }
    return (await applyChange(transaction, deps, { change, locale })) ? 'changed' : undefined;
  });
  deps.outbox.soon();
  return result;
}

async function applyChange(
  transaction: Transaction,
  deps: EmailChangeDeps,
  { change, locale }: { change: { id: string; accountId: string; email: string }; locale: string },
): Promise<boolean> {
  const { accountId, email } = change;
  const emailKey = emailKeyOf(email);
  // Who registers with this address at the same moment waits for us, or we for them.
  await lockName(transaction, `account of ${emailKey}`);
  const holder = await transaction.account.findUnique({ where: { emailKey } });
  if (holder !== null && holder.id !== accountId) return false;
  const account = await transaction.account.findUniqueOrThrow({ where: { id: accountId } });
  const now = dateOf(deps.clock);
  await transaction.emailChange.update({ where: { id: change.id }, data: { changedAt: now } });
  await transaction.account.update({
    where: { id: accountId },
    data: { email, emailKey, emailVerified: true, updatedAt: now },
  });
  if (account.emailKey === emailKey) {
    await recordEvent(transaction, deps, { type: 'email.proven', accountId });
    return true;
  }
  await recordEvent(transaction, deps, { type: 'email.changed', accountId });
  const about = { email: account.email, verified: String(account.emailVerified) };
  const url = await addLink(transaction, deps, { purpose: 'undo-email', accountId, about });
  const recipient = { to: account.email, accountId, locale };
  await deps.outbox.add(transaction, recipient, 'email-changed', { url, values: { email } });
  return true;
}
