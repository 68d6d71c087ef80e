import { emailKeyOf } from '../accounts/index.ts';
import { recordEvent } from '../audit/index.ts';
import { dateOf } from '../kernel/index.ts';
import { useLink } from '../one-use-links/index.ts';
import { lockDown } from '../recovery/index.ts';
import { lockName } from '../store/index.ts';
import type { EmailChangeDeps } from './change-email.ts';

/**
 * The link in the mail to the old address: it is the address again, whatever came after it, and because somebody else may
 * be in the account, that is locked down. Whoever calls this ends all sessions.
 * @returns the account; undefined where the link is over, or another account has that address by now
 */
export async function undoEmail(
  deps: EmailChangeDeps,
  { token, locale }: { token: string; locale: string },
): Promise<{ id: string; email: string } | undefined> {
  const undone = await deps.database.prisma.$transaction(async transaction => {
    const link = await useLink(transaction, deps.clock, 'undo-email', token);
    const { email = '', verified } = link?.about ?? {};
    if (link === undefined || email === '') return undefined;
    const { accountId } = link;
    const emailKey = emailKeyOf(email);
    await lockName(transaction, `email of ${accountId}`);
    await lockName(transaction, `account of ${emailKey}`);
    const holder = await transaction.account.findUnique({ where: { emailKey } });
    if (holder !== null && holder.id !== accountId) return undefined;
    const account = await transaction.account.update({
      where: { id: accountId },
      data: { email, emailKey, emailVerified: verified === 'true', updatedAt: dateOf(deps.clock) },
    });
    // What was changed after it, and what is on its way, was not this person's wish either.
    await transaction.oneUseLink.deleteMany({
      where: { accountId, purpose: 'undo-email', usedAt: null, createdAt: { gte: link.createdAt } },
    });
    await transaction.emailChange.deleteMany({ where: { accountId, changedAt: null } });
    await recordEvent(transaction, deps, { type: 'email.undone', accountId });
    await lockDown(transaction, deps, { account, locale });
    return { id: accountId, email };
  });
  deps.outbox.soon();
  return undone;
}
