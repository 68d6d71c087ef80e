import { availableParallelism } from 'node:os';
import { verifySync } from '@node-rs/argon2';
import { createAccount } from '../../src/accounts/index.ts';
import { dateOf, systemClock } from '../../src/kernel/index.ts';
import { createPasswordHasher, storePasswordHash, verifyPassword } from '../../src/passwords/index.ts';
import { migrate, openDatabase, startEmbeddedPostgres } from '../../src/store/index.ts';
import { tempFolder } from '../../tests/support/temp-folder.ts';
import { median } from './compare.ts';

export interface SignIns {
  threads: number;
  /** Passwords verified a second, with both look-ups, through the pool. */
  signInsPerSecond: number;
  /** The bare hash, verified one after the other by the library, times the threads. */
  hashesPerSecond: number;
  ratio: number;
}

const atOnce = 40;
const pairs = 6;

/** Sign-ins through the bounded pool against the hashing alone. */
export async function measureSignIns(): Promise<SignIns> {
  const threads = Math.max(1, Math.floor(availableParallelism() / 2));
  const clock = systemClock;
  const postgres = await startEmbeddedPostgres({ dataDir: tempFolder() });
  await migrate({ url: postgres.url, folder: 'prisma/migrations', clock });
  const database = openDatabase({ url: postgres.url, poolSize: 10 });
  const hasher = await createPasswordHasher({ concurrency: threads, queue: 1000 });
  const password = 'a password for the bench';
  const hash = await hasher.hash(password);
  await database.prisma.$transaction(async transaction => {
    const accountId = await createAccount(
      { transaction, clock },
      { email: 'ada@example.com', isEmailVerified: true, claims: {}, isOwner: false },
    );
    await storePasswordHash(transaction, { accountId, hash, changedAt: dateOf(clock) });
  });

  const rate = async (work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: atOnce }, work));
    return atOnce / ((performance.now() - startedAt) / 1000);
  };
  const signIn = () => verifyPassword({ database, hasher }, { identifier: 'ada@example.com', password });
  const bareRate = () => {
    const startedAt = performance.now();
    for (let round = 0; round < atOnce / 2; round += 1) verifySync(hash, password);
    return (threads * (atOnce / 2)) / ((performance.now() - startedAt) / 1000);
  };
  await rate(signIn);
  const signIns: number[] = [];
  const hashes: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    signIns.push(await rate(signIn));
    hashes.push(bareRate());
  }
  await hasher.close();
  await database.close();
  await postgres.stop();
  return {
    threads,
    signInsPerSecond: median(signIns),
    hashesPerSecond: median(hashes),
    ratio: median(signIns) / median(hashes),
  };
}
