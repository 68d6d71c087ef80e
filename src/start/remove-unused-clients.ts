import { removeUnusedClients } from '../clients/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';
import type { Database } from '../store/index.ts';

const everyMs = 60 * 60 * 1000;

/** In every process: a row is deleted once, whoever comes first. @returns how to stop it */
export function removeUnusedClientsHourly(
  deps: { database: Database; clock: Clock; log: Logger },
  afterDays: number,
): () => void {
  const { log } = deps;
  const timer = setInterval(() => {
    removeUnusedClients(deps, afterDays)
      .then(
        count => count > 0 && log.info({ event: 'clients.removed', count }, 'unused clients were removed'),
      )
      .catch((err: unknown) => log.warn({ err }, 'unused clients were not removed'));
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
