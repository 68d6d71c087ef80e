import { Writable } from 'node:stream';
import { createMetrics, listen, type Metrics } from '../../src/http/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { createOperations } from '../../src/operations/index.ts';
import { freePort } from '../support/services.ts';

export interface TestOperations {
  url: string;
  metrics: Metrics;
  setDraining: (value: boolean) => void;
  get(path: string, init?: RequestInit): Promise<Response>;
  /** What was logged of an event, oldest first. */
  logged(event: string): Record<string, unknown>[];
  close(): Promise<void>;
}

export async function startOperations(
  checks: Readonly<Record<string, () => Promise<void>>>,
): Promise<TestOperations> {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const metrics = createMetrics();
  let isDraining = false;
  const app = createOperations({
    metrics,
    clock: systemClock,
    log: createLogger({ level: 'info', destination }),
    observe: metrics.observeRequest,
    checks,
    isDraining: () => isDraining,
  });
  const port = await freePort();
  const listener = await listen(app.callback(), { port, address: '127.0.0.1', setting: 'OPERATIONS_PORT' });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    metrics,
    setDraining(value) {
      isDraining = value;
    },
    get: (path, init) => fetch(url + path, init),
    logged: event =>
      lines.map(line => JSON.parse(line) as Record<string, unknown>).filter(line => line['event'] === event),
    close: () => listener.close(1),
  };
}
