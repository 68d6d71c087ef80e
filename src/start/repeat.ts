import type { Logger } from '../log/index.ts';

export interface RepeatedWork {
  everyMs: number;
  /** Completes "was not done: …" in the log. */
  what: string;
  work: () => Promise<unknown>;
}

/** One run at a time; a failure waits for the next. @returns how to stop it */
export function repeat(log: Logger, { everyMs, what, work }: RepeatedWork): () => void {
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    work()
      .catch((err: unknown) => log.warn({ err }, `was not done: ${what}`))
      .finally(() => {
        isBusy = false;
      });
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
