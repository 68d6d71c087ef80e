import { hashSync, verifySync } from '@node-rs/argon2';

/**
 * Runs in the hashing threads. argon2id (what the library does unless told otherwise) with 19 MiB, two passes, one lane: OWASP Password Storage Cheat Sheet.
 * Synchronous on purpose: the asynchronous form would use libuv's four threads, which signing needs.
 */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export type HashTask = { password: string } | { password: string; hash: string };

export default function run(task: HashTask): string | boolean {
  return 'hash' in task ? verifySync(task.hash, task.password) : hashSync(task.password, parameters);
}
