import { type KeyStatus, statusOf } from './key-life.ts';
import type { KeyPurpose } from './key-record.ts';
import { keysRepository } from './keys.repository.ts';
import type { KeysDeps } from './rotate-keys.ts';

export interface ListedKey {
  id: string;
  purpose: KeyPurpose;
  algorithm: string;
  status: KeyStatus;
  activatesAt: Date;
  retiresAt: Date | null;
}

/** What operators may see of the keys. */
export async function listKeys({
  database,
  clock,
}: Pick<KeysDeps, 'database' | 'clock'>): Promise<ListedKey[]> {
  const keys = await keysRepository(database).list();
  return keys.map(({ id, purpose, algorithm, activatesAt, retiresAt, ...rest }) => ({
    id,
    purpose,
    algorithm,
    status: statusOf({ activatesAt, retiresAt, ...rest }, clock.now()),
    activatesAt,
    retiresAt,
  }));
}
