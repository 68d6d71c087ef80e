import { renewCredentialEpoch } from '../accounts/index.ts';
import { recordEvent } from '../audit/index.ts';
import { type Clock, dateOf } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import { addLink } from '../one-use-links/index.ts';
import type { Sealer, Transaction } from '../store/index.ts';
import { keepAsFormer } from './former-passwords.ts';
import type { PasswordPolicy } from './password-policies.ts';
import { storePasswordHash } from './passwords.repository.ts';

export interface NewPassword {
  account: { id: string; email: string };
  hash: string;
  /** Good beside a second factor alone. */
  isShort: boolean;
  locale: string;
  /** By who knew the one before, or by who had forgotten it. */
  type: 'password.changed' | 'password.reset';
}

export interface StoreDeps {
  clock: Clock;
  sealer: Sealer;
  outbox: Outbox;
  issuer: string;
  passwordPolicy: PasswordPolicy;
}

/** A password of somebody's choosing instead of the one before, and a mail that says so to whom it belongs. */
export async function storeNewPassword(
  transaction: Transaction,
  { clock, sealer, outbox, issuer, passwordPolicy }: StoreDeps,
  { account, hash, isShort, locale, type }: NewPassword,
): Promise<void> {
  const accountId = account.id;
  await keepAsFormer(transaction, accountId, passwordPolicy.history);
  await storePasswordHash(transaction, { accountId, hash, isShort, changedAt: dateOf(clock) });
  await renewCredentialEpoch(transaction, accountId);
  await recordEvent(transaction, { clock, sealer }, { type, accountId });
  const recipient = { to: account.email, accountId, locale };
  await outbox.add(transaction, recipient, 'password-changed', {
    url: await addLink(transaction, { clock, issuer }, { purpose: 'alarm', accountId }),
  });
}
