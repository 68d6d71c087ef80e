import { hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { StartupError } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';

/** Whether a password is known from a breach; `unknown` where nobody could be asked. */
export type Breached = boolean | 'unknown';

export interface BreachedPasswords {
  check(password: string): Promise<Breached>;
  close(): Promise<void>;
}

export interface BreachedPasswordsOptions {
  /** A file of SHA-1 digests in upper case hexadecimal, one a line, sorted, each with anything after a colon. */
  file: string | undefined;
  /** Of a service that answers the first five digits of a digest with the rest of all that begin so (k-anonymity). */
  url: string | undefined;
  fetch: (url: string, request: { headers: Record<string, string>; longestMs: number }) => Promise<Response>;
  log: Logger;
  /** Counts the times nobody could be asked. */
  onFailure(): void;
}

const digestLength = 40;
const prefixLength = 5;

/** Whoever signs in waits for it. */
const longestMs = 2_000;

/** What is found in the file is not asked for elsewhere. @throws StartupError for a file that is none of digests */
export async function openBreachedPasswords(options: BreachedPasswordsOptions): Promise<BreachedPasswords> {
  const list = options.file === undefined ? undefined : await openList(options.file);
  return {
    async check(password) {
      const digest = hash('sha1', password, 'hex').toUpperCase();
      if (list !== undefined && (await list.has(digest))) return true;
      return options.url === undefined ? false : askFor(digest, options.url, options);
    },
    close: async () => list?.file.close(),
  };
}

async function askFor(digest: string, url: string, options: BreachedPasswordsOptions): Promise<Breached> {
  const { fetch, log } = options;
  try {
    // With padding, the length of the answer says nothing either.
    const answer = await fetch(`${url}${digest.slice(0, prefixLength)}`, {
      headers: { 'Add-Padding': 'true' },
      longestMs,
    });
    if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
    const rest = digest.slice(prefixLength);
    const lines = (await answer.text()).split(/\r?\n/).map(line => line.toUpperCase().split(':'));
    return lines.some(([suffix, count]) => suffix === rest && count !== '0');
  } catch (err) {
    log.warn({ err, event: 'breached-passwords.failed' }, 'nobody could be asked for breached passwords');
    options.onFailure();
    return 'unknown';
  }
}

interface List {
  file: FileHandle;
  has(digest: string): Promise<boolean>;
}

/** As large as it likes: it is not loaded, each look-up reads some thirty short pieces of it. */
async function openList(path: string): Promise<List> {
  const file = await open(path).catch((error: unknown) => {
    throw new StartupError(`BREACHED_PASSWORDS_LIST cannot be read: ${String(error)}`);
  });
  const { size } = await file.stat();
  const first = await lineFrom(file, 0);
  if (!/^[0-9A-F]{40}(:|$)/.test(first.text)) {
    await file.close();
    throw new StartupError(
      'BREACHED_PASSWORDS_LIST must have SHA-1 digests in upper case hexadecimal, one a line, sorted.',
    );
  }
  return {
    file,
    async has(digest) {
      // Where the first line begins whose digest is not smaller, between these two places.
      let [low, high] = [0, size];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const line = middle === 0 ? await lineFrom(file, 0) : await lineAfter(file, middle - 1);
        if (line === undefined) high = middle;
        else if (line.text.slice(0, digestLength) < digest) low = line.start + line.text.length + 1;
        else high = middle;
      }
      const found = await lineFrom(file, low);
      return found.text.slice(0, digestLength) === digest;
    },
  };
}

interface Line {
  start: number;
  text: string;
}

const longestLine = 128;

async function lineFrom(file: FileHandle, start: number): Promise<Line> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(longestLine), 0, longestLine, start);
  const text = buffer.toString('latin1', 0, bytesRead);
  const end = text.indexOf('\n');
  return { start, text: end === -1 ? text : text.slice(0, end) };
}

/** The first line that begins after this place; undefined at the end. */
async function lineAfter(file: FileHandle, place: number): Promise<Line | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(longestLine), 0, longestLine, place);
  const end = buffer.toString('latin1', 0, bytesRead).indexOf('\n');
  const isLast = bytesRead < longestLine;
  if (end === -1 || (isLast && end + 1 >= bytesRead)) return undefined;
  return lineFrom(file, place + end + 1);
}
