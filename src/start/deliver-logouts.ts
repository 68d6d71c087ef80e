import type { PublicApp } from '../app.ts';
import type { Logger } from '../log/index.ts';

const everyMs = 2_000;
const cleanUpEveryMs = 60 * 60 * 1000;

/** In every process: whoever takes one tells the app, and nobody else does meanwhile. @returns how to stop it */
export function deliverLogouts(app: PublicApp, log: Logger): () => void {
  let isBusy = false;
  const deliver = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    app
      .deliverLogouts()
      .catch((err: unknown) => log.warn({ err }, 'sign-outs were not looked after'))
      .finally(() => {
        isBusy = false;
      });
  }, everyMs);
  const cleanUp = setInterval(() => {
    app.removeOldLogouts().catch((err: unknown) => log.warn({ err }, 'old sign-outs were not removed'));
  }, cleanUpEveryMs);
  for (const timer of [deliver, cleanUp]) timer.unref();
  return () => {
    clearInterval(deliver);
    clearInterval(cleanUp);
  };
}
