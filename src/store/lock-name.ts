import type { Transaction } from './database.ts';

/**
 * Until the transaction ends nobody else holds this name, in any process: what has to be counted before it is added to
 * is counted by one at a time.
 */
export async function lockName(transaction: Transaction, name: string): Promise<void> {
  // What the function answers has no type that Prisma could read.
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
}
