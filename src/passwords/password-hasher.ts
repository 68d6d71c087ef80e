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
  judge(password: string): Promise<Weakness | undefined>;
  readonly waiting: number;
  readonly refused: number;
  close(): Promise<void>;
}

export interface PasswordHasherOptions {
  concurrency: number;
  /** How many may wait; beyond it callers get 503. */
  queue: number;
}

/** Beyond this a password is refused unhashed: a megabyte of it must not cost us anything. */
export const maxPasswordLength = 1024;

/** A bounded pool of threads of its own: hashing neither blocks the event loop nor takes the threads that sign tokens. */
export async function createPasswordHasher({
  concurrency,
  queue,
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

  const hash = async (password: string) => String(await run({ kind: 'hash', password: prepare(password) }));
  const nobodysHash = await hash(newSecret());

  return {
    hash,
    async verify(stored, password) {
      if (password.length > maxPasswordLength) return false;
      const matches = await run({
        kind: 'verify',
        password: prepare(password),
        hash: stored ?? nobodysHash,
      });
      return stored !== undefined && matches === true;
    },
    // Every hash of today begins as nobody's: algorithm, version and parameters (PHC string format).
    isCurrent: stored => parametersOf(stored) === parametersOf(nobodysHash),
    judge: async password => (await run({ kind: 'judge', password })) as Weakness | undefined,
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
