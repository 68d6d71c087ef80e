import { Agent, type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Listener, listen } from '../../src/http/index.ts';
import { until } from '../support/services.ts';

let listener: Listener;
let agent: Agent;
let arrived: number;
let answerAll: () => void;

beforeEach(async () => {
  arrived = 0;
  const gate = new Promise<void>(resolve => {
    answerAll = resolve;
  });
  listener = await listen(
    async (incoming, response) => {
      arrived += 1;
      if (incoming.url === '/slow') await gate;
      response.end('done');
    },
    { port: 0, address: '127.0.0.1', setting: 'PORT' },
  );
  // As proxies do: connections stay open for the next request.
  agent = new Agent({ keepAlive: true });
});
afterEach(async () => {
  answerAll();
  agent.destroy();
  await listener.close(0);
});

/** @returns the status, or the code of the error that ended it */
const get = (path: string) =>
  new Promise<number | string | undefined>(resolve => {
    const outgoing = request({ host: '127.0.0.1', port: listener.port, path, agent });
    outgoing.once('response', (response: IncomingMessage) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    outgoing.end();
  });

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

describe('a listener that closes', () => {
  test('is not held open by a connection on which nothing happens', async () => {
    expect(await get('/')).toBe(200);
    expect(Object.values(agent.freeSockets)).toHaveLength(1);
    expect(await secondsOf(() => listener.close(20))).toBeLessThan(2);
    expect(await get('/')).toBe('ECONNREFUSED');
  });

  test('lets a request under way finish, and does not wait for the rest of its connection', async () => {
    const slow = get('/slow');
    await until('the request is under way', () => arrived === 1);
    const closed = secondsOf(() => listener.close(20));
    await until('no new connections', async () => (await get('/')) === 'ECONNREFUSED');
    answerAll();
    expect(await slow).toBe(200);
    expect(await closed).toBeLessThan(5);
  });

  test('cuts what has not finished when the grace period is over', async () => {
    const slow = get('/slow');
    await until('the request is under way', () => arrived === 1);
    expect(await secondsOf(() => listener.close(0.3))).toBeLessThan(2);
    expect(await slow).toBe('ECONNRESET');
  });
});
