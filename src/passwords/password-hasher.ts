import { createHmac } from 'node:crypto';
import { Piscina } from 'piscina';
import { AppError, newSecret } from '../kernel/index.ts';
import type { HashAnswer, HashTask } from './hash-worker.ts';
import type { Weakness } from './judge-password.ts';

export interface PasswordHasher {
  /** @returns a PHC string */
  hash(password: string): Promise<string>;
  /** Takes the same time with and without a hash to compare with, so that a missing account cannot be told by it. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
  /** False for one that today's parameters would make stronger. */
  isCurrent(hash: string): boolean;
  /** What everybody would guess, and why; undefined for a good one. */
  judge(password: string, leastScore: number): Promise<Weakness | undefined>;
  readonly waiting: number;
  readonly refused: number;
  close(): Promise<void>;
}

export interface PasswordHasherOptions {
  concurrency: number;
  /** How many may wait; beyond it callers get 503. */
  queue: number;
  /** Keys without which a stolen table of hashes is worth nothing; the first is for new hashes. */
  peppers?: readonly Pepper[] | undefined;
}

export interface Pepper {
  /** Stands before each hash that was made with it. */
  id: string;
  bytes: Uint8Array;
}

/** Beyond this a password is refused unhashed: a megabyte of it must not cost us anything. */
export const maxPasswordLength = 1024;

/** A bounded pool of threads of its own: hashing neither blocks the event loop nor takes the threads that sign tokens. */
export async function createPasswordHasher({
  concurrency,
  queue,
  peppers = [],
}: PasswordHasherOptions): Promise<PasswordHasher> {
  const threads = new Piscina<HashTask, HashAnswer>({
    filename: new URL('./hash-worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: concurrency,
    // Piscina counts what waits only; with 0 it would refuse work while a thread is idle.
    maxQueue: Math.max(1, queue),
    idleTimeout: 30_000,
    concurrentTasksPerWorker: 1,
  });
  let refused = 0;

  async function run(task: HashTask): Promise<HashAnswer> {
    if (threads.queueSize >= Math.max(1, queue)) {
      refused += 1;
      throw overloaded();
    }
    return threads.run(task);
  }

  const [pepper] = peppers;

  async function hash(password: string): Promise<string> {
    const made = String(await run({ kind: 'hash', password: seasoned(prepare(password), pepper) }));
    return pepper === undefined ? made : `${pepperMark}${pepper.id}${made}`;
  }

  async function matches(stored: string, password: string): Promise<boolean> {
    const { id, bare } = partsOf(stored);
    const used = id === undefined ? undefined : peppers.find(each => each.id === id);
    if (id !== undefined && used === undefined) {
      throw new AppError('internal', 'The password cannot be checked.', {
        detail: `it was hashed with the pepper "${id}", which PASSWORD_PEPPERS does not have`,
      });
    }
    const prepared = prepare(password);
    if (await isHashOf(bare, seasoned(prepared, used))) return true;
    // Other systems hash what was typed as it was typed.
    return prepared !== password && id === undefined && (await isHashOf(bare, password));
  }

  const isHashOf = async (stored: string, password: string) =>
    (await run({ kind: 'verify', password, hash: stored })) === true;

  const nobodysHash = await hash(newSecret());

  return {
    hash,
    async verify(stored, password) {
      if (password.length > maxPasswordLength) return false;
      const isRight = await matches(stored ?? nobodysHash, password);
      return stored !== undefined && isRight;
    },
    // Every hash of today begins as nobody's: pepper, algorithm, version and parameters (PHC string format).
    isCurrent: stored => parametersOf(stored) === parametersOf(nobodysHash),
    judge: async (password, leastScore) =>
      (await run({ kind: 'judge', password, leastScore })) as Weakness | undefined,
    get waiting() {
      return threads.queueSize;
    },
    get refused() {
      return refused;
    },
    close: () => threads.close({ force: true }),
  };
}

function parametersOf(hash: string): string {
  return hash.split('$').slice(0, 4).join('$');
}

const pepperMark = 'pepper:';

function partsOf(hash: string): { id: string | undefined; bare: string } {
  const [mark = ''] = hash.split('$', 1);
  if (!mark.startsWith(pepperMark)) return { id: undefined, bare: hash };
  return { id: mark.slice(pepperMark.length), bare: hash.slice(mark.length) };
}

function seasoned(password: string, pepper: Pepper | undefined): string {
  if (pepper === undefined) return password;
  return createHmac('sha256', pepper.bytes).update(password).digest('base64url');
}

/** The same characters typed on different systems must give the same bytes (NIST SP 800-63B-4 section 3.1.1.2). */
function prepare(password: string): string {
  return password.normalize('NFKC');
}

function overloaded(): AppError {
  return new AppError('overloaded', 'Many people are signing in at the moment. Try again in a few seconds.', {
    detail: 'the queue for password hashing is full',
    retryAfterSeconds: 5,
  });
}
