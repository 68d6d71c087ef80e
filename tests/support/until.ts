import { setTimeout as wait } from 'node:timers/promises';

/** Looks again and again until `look` answers something other than undefined or false. Tests never sleep for a guessed time. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  seconds = 10,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${seconds} seconds: ${what}`);
    await wait(20);
  }
}
