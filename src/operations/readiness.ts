import type { Logger } from '../log/index.ts';
import { limitTime } from './limit-time.ts';

export interface ReadinessDeps {
  log: Logger;
  /** Each resolves when the part it is named after works. */
  checks: Readonly<Record<string, () => Promise<void>>>;
}

export interface Readiness {
  isReady: boolean;
  checks: Record<string, 'ok' | 'failed'>;
}

const checkLimitMs = 2_000;

/**
 * All checks at once, each with two seconds. Probes that come while they run share the answer: a crowd of probes is
 * no load on a database that is in trouble already. A failure is logged when it begins and when it ends.
 */
export function createReadiness({ log, checks }: ReadinessDeps): () => Promise<Readiness> {
  const failing = new Set<string>();
  let underWay: Promise<Readiness> | undefined;

  const runOne = async (name: string, check: () => Promise<void>): Promise<[string, 'ok' | 'failed']> => {
    try {
      await limitTime(check, checkLimitMs);
    } catch (err) {
      if (!failing.has(name))
        log.error({ err, check: name, event: 'check.failed' }, `${name} does not answer`);
      failing.add(name);
      return [name, 'failed'];
    }
    if (failing.delete(name)) log.info({ check: name, event: 'check.recovered' }, `${name} answers again`);
    return [name, 'ok'];
  };

  const runAll = async (): Promise<Readiness> => {
    const results = await Promise.all(Object.entries(checks).map(([name, check]) => runOne(name, check)));
    return {
      isReady: results.every(([, result]) => result === 'ok'),
      checks: Object.fromEntries(results),
    };
  };

  return () => {
    underWay ??= runAll().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
