import { addLink } from '../one-use-links/index.ts';
import { wantsNotice } from '../preferences/index.ts';
import type { LockDownDeps } from './lock-down.ts';

export interface NewDevice {
  account: { id: string; email: string };
  locale: string;
  /** Which they wanted to use. */
  app: string;
}

/** Somebody signed in where this person never did before: if it was not them, they can lock the account down. */
export async function tellOfNewDevice(
  deps: LockDownDeps,
  { account, locale, app }: NewDevice,
): Promise<void> {
  const { id: accountId, email } = account;
  await deps.database.prisma.$transaction(async transaction => {
    if (!(await wantsNotice(transaction, accountId, 'newDevice'))) return;
    const url = await addLink(transaction, deps, { purpose: 'alarm', accountId });
    await deps.outbox.add(transaction, { to: email, accountId, locale }, 'new-device', {
      url,
      values: { app },
    });
  });
  deps.outbox.soon();
}
