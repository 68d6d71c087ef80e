import type { Gatehouse, StartInput } from './start-gatehouse.ts';

/** Commands take a few parts of this folder; the whole of it takes a while to load, and is loaded by who starts it. */
export async function startGatehouse(input: StartInput): Promise<Gatehouse> {
  const whole = await import('./start-gatehouse.ts');
  return whole.startGatehouse(input);
}
