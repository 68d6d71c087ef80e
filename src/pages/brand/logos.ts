import type { GuardedFetch } from '../../http/index.ts';
import type { Clock } from '../../kernel/index.ts';

export interface Logo {
  type: string;
  body: Buffer;
}

export type FindLogo = (address: string) => Promise<Logo | undefined>;

interface Entry {
  logo: Promise<Logo | undefined>;
  until: number;
}

const keptMs = 60 * 60 * 1000;
/** What did not come is asked for again sooner, but not by every visitor. */
const missedMs = 60 * 1000;
const mostBytes = 128 * 1024;
const mostLogos = 100;

/** Pictures only that run nothing: SVG may carry script. By what they begin with, whatever their server calls them. */
const kinds: readonly (readonly [string, RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF....WEBP/s],
];

/** Logos of apps (`logo_uri`). We fetch them, so that no app learns who looks at our pages. */
export function createFindLogo({ fetch, clock }: { fetch: GuardedFetch; clock: Clock }): FindLogo {
  const kept = new Map<string, Entry>();

  async function load(address: string): Promise<Logo | undefined> {
    try {
      const answer = await fetch(address, { headers: { accept: 'image/webp,image/png,image/*;q=0.5' } });
      const body = Buffer.from(await answer.arrayBuffer());
      const start = body.subarray(0, 16).toString('latin1');
      const type = kinds.find(([, pattern]) => pattern.test(start))?.[0];
      return answer.ok && type !== undefined && body.length <= mostBytes ? { type, body } : undefined;
    } catch {
      // The guarded fetch has written down why.
      return undefined;
    }
  }

  async function keepMissedShortly(entry: Entry): Promise<Logo | undefined> {
    const logo = await entry.logo;
    if (logo === undefined) entry.until = clock.now() + missedMs;
    return logo;
  }

  return address => {
    const known = kept.get(address);
    if (known !== undefined && clock.now() < known.until) return known.logo;
    kept.delete(address);
    // The oldest goes: a Map keeps the order in which entries were made.
    if (kept.size >= mostLogos) kept.delete(kept.keys().next().value ?? '');
    const entry = { logo: load(address), until: clock.now() + keptMs };
    kept.set(address, entry);
    return keepMissedShortly(entry);
  };
}
