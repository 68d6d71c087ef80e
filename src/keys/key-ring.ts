import { type Clock, StartupError } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';
import { type RotationPolicy, statusOf } from './key-life.ts';
import { type KeySet, type SigningAlgorithm, type SigningKey, signingAlgorithms } from './key-record.ts';
import { keysRepository, type StoredKey } from './keys.repository.ts';
import { bindingOf } from './make-key.ts';
import { type KeysDeps, resealKeys, rotateDueKeys } from './rotate-keys.ts';

/** The keys of this process, which follow what any process changes. */
export interface KeyRing {
  current(): KeySet;
  /** Called with every new set, at once. */
  onChange(listener: (keys: KeySet) => void): void;
  /** Looks now, instead of within two seconds. */
  refresh(): Promise<void>;
  close(): void;
}

export interface KeyRingDeps extends KeysDeps {
  log: Logger;
  policy: RotationPolicy;
}

/** Everybody follows within five seconds, a slow database included. */
const lookEveryMs = 2_000;
const rotateEveryMs = 10 * 60 * 1000;

/**
 * The keys in the database, made first if there are none, and sealed with the first key-encryption key if they were not.
 * @throws StartupError when a key cannot be opened with the encryption keys given
 */
export async function openKeyRing(deps: KeyRingDeps): Promise<KeyRing> {
  const { database, clock, log, policy } = deps;
  const repository = keysRepository(database);
  const listeners: ((keys: KeySet) => void)[] = [];
  const opened = new Map<string, OpenedKey>();
  let rows: StoredKey[] = [];
  let fingerprint = '';
  let seen = '';
  let current: KeySet | undefined;

  async function refresh(): Promise<void> {
    const latest = await repository.fingerprint();
    if (latest !== fingerprint) {
      rows = await repository.list();
      for (const row of rows) if (!opened.has(row.id)) opened.set(row.id, await open(deps, row));
      for (const id of opened.keys()) if (!rows.some(row => row.id === id)) opened.delete(id);
      fingerprint = latest;
    }
    // Time alone changes what a key is.
    const statuses = rows.map(row => `${row.id} ${statusOf(row, clock.now())}`).join();
    if (statuses === seen) return;
    seen = statuses;
    current = setOf(rows, opened, clock);
    for (const listener of listeners) listener(current);
  }

  const unchanged = (what: string) => (err: unknown) =>
    log.warn({ err, event: 'keys.unchanged' }, `${what}; the keys stay as they are`);
  const rotate = () => rotateDueKeys(deps, policy);

  await rotate();
  // Fails with a sentence for the operator where a key cannot be opened, before anything is sealed again.
  await refresh();
  if ((await resealKeys(deps)) > 0) await refresh();
  const looking = setInterval(() => void refresh().catch(unchanged('the keys were not read')), lookEveryMs);
  const rotating = setInterval(() => void rotate().catch(unchanged('keys were not rotated')), rotateEveryMs);
  looking.unref();
  rotating.unref();

  return {
    current() {
      if (current === undefined) throw new Error('the keys are read before the ring is handed out');
      return current;
    },
    onChange: listener => void listeners.push(listener),
    refresh,
    close() {
      clearInterval(looking);
      clearInterval(rotating);
    },
  };
}

type OpenedKey = SigningKey | string;

async function open({ sealer, privateKeys }: KeyRingDeps, row: StoredKey): Promise<OpenedKey> {
  const fail = (cause: unknown, what: string, advice: string) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new StartupError(`The key ${row.id} in the database cannot be ${what}: ${why}. ${advice}`, cause);
  };
  let kept: string;
  try {
    kept = await sealer.open(row.sealedKey, bindingOf(row.id));
  } catch (cause) {
    throw fail(cause, 'decrypted', 'ENCRYPTION_KEYS must contain the key that encrypted it.');
  }
  if (row.purpose !== 'signing') return kept;
  try {
    return await privateKeys.open(row.algorithm as SigningAlgorithm, kept);
  } catch (cause) {
    throw fail(cause, 'opened', 'It has to be where private keys are kept.');
  }
}

/** `rows` come newest first. */
function setOf(rows: readonly StoredKey[], opened: ReadonlyMap<string, OpenedKey>, clock: Clock): KeySet {
  const living = rows.flatMap(row => {
    const status = statusOf(row, clock.now());
    const key = opened.get(row.id);
    return status === 'forgotten' || key === undefined ? [] : [{ row, status, key }];
  });
  const secrets = (purpose: string, ...statuses: string[]) =>
    living.flatMap(({ row, status, key }) =>
      row.purpose === purpose && statuses.includes(status) && typeof key === 'string' ? [key] : [],
    );
  const signing = living.flatMap(({ status, key }) => (typeof key === 'string' ? [] : [{ status, key }]));
  const active = signing.filter(({ status }) => status === 'active').map(({ key }) => key);
  return {
    signing: signingAlgorithms.flatMap(algorithm => active.find(key => key.algorithm === algorithm) ?? []),
    published: signing.filter(({ status }) => status !== 'active').map(({ key }) => key),
    cookie: [...secrets('cookie', 'active'), ...secrets('cookie', 'next', 'retired')],
    // The next one too: which is right follows from the age of the account, to the millisecond and in every process.
    pairwise: living.flatMap(({ row, key }) =>
      row.purpose === 'pairwise' && typeof key === 'string'
        ? [{ salt: key, activatesAt: row.activatesAt.getTime() }]
        : [],
    ),
    dpopNonce: Buffer.from(secrets('dpop-nonce', 'active')[0] ?? '', 'base64url'),
  };
}
