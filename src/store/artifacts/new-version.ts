import { newSecret } from '../../kernel/index.ts';

const thisProcess = newSecret(6);
let writes = 0;

/** Differs from the version of every other write, in this process and any other. Not a secret. */
export function newVersion(): string {
  writes += 1;
  return `${thisProcess}${writes.toString(36)}`;
}
