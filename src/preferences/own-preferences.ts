import type { Clock } from '../kernel/index.ts';
import type { Database, Transaction } from '../store/index.ts';
import { ownNamespace, preferencesRepository } from './preferences.repository.ts';

export const themes = ['auto', 'light', 'dark'] as const;

/** What we ask people ourselves. */
export interface OwnPreferences {
  theme: (typeof themes)[number];
  /** Mails that people can do without. What tells of a change to the account is none of them. */
  notices: { newDevice: boolean; appAllowed: boolean };
}

type Notice = keyof OwnPreferences['notices'];

interface Deps {
  database: Database;
  clock: Clock;
}

const keys = { newDevice: 'notice.new-device', appAllowed: 'notice.app-allowed' } as const;

export async function ownPreferences(deps: Deps, accountId: string): Promise<OwnPreferences> {
  const stored = await preferencesRepository(deps).find(accountId, ownNamespace);
  return {
    theme: themes.find(theme => theme === stored['theme']) ?? 'auto',
    notices: {
      newDevice: stored[keys.newDevice] !== false,
      appAllowed: stored[keys.appAllowed] !== false,
    },
  };
}

export async function saveOwnPreferences(
  deps: Deps,
  accountId: string,
  { theme, notices }: OwnPreferences,
): Promise<void> {
  await preferencesRepository(deps).merge(accountId, ownNamespace, {
    theme: theme === 'auto' ? null : theme,
    [keys.newDevice]: notices.newDevice ? null : false,
    [keys.appAllowed]: notices.appAllowed ? null : false,
  });
}

/** Whether somebody gets this mail. */
export async function wantsNotice(
  transaction: Transaction,
  accountId: string,
  notice: Notice,
): Promise<boolean> {
  const stored = await transaction.preference.findUnique({
    where: { accountId_namespace_key: { accountId, namespace: ownNamespace, key: keys[notice] } },
  });
  return stored?.value !== false;
}
