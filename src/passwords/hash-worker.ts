import { hashSync } from '@node-rs/argon2';
import { verifyHash } from './foreign-hashes.ts';
import type { Weakness } from './judge-password.ts';

/**
 * Runs in the hashing threads. argon2id (what the library does unless told otherwise) with 19 MiB, two passes, one lane: OWASP Password Storage Cheat Sheet.
 * Synchronous on purpose: the asynchronous form would use libuv's four threads, which signing needs.
 */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export type HashTask =
  | { kind: 'hash'; password: string }
  | { kind: 'verify'; password: string; hash: string }
  | { kind: 'judge'; password: string; leastScore: number };

export type HashAnswer = string | boolean | undefined;

export default function run(task: HashTask): HashAnswer | Promise<HashAnswer> {
  switch (task.kind) {
    case 'hash':
      return hashSync(task.password, parameters);
    case 'verify':
      return verifyHash(task.hash, task.password);
    case 'judge':
      return judge(task.password, task.leastScore);
  }
}

/** The lists of common passwords take memory that most processes never need. */
async function judge(password: string, leastScore: number): Promise<Weakness | undefined> {
  const { judgePassword } = await import('./judge-password.ts');
  return judgePassword(password, leastScore);
}
