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
      if (incoming.url === '/half-sent') response.write('half ');
      if (incoming.url !== '/') await gate;
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

/** @returns the status and the Connection header, or the code of the error that ended it */
const get = (path: string, by: Agent | false = agent) =>
  new Promise<string>(resolve => {
    const outgoing = request({ host: '127.0.0.1', port: listener.port, path, agent: by });
    outgoing.once('response', (response: IncomingMessage) => {
      response.resume();
      response.once('end', () => resolve(`${response.statusCode} ${response.headers.connection}`));
      response.once('error', (error: NodeJS.ErrnoException) => resolve(`broke off: ${error.code}`));
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    outgoing.end();
  });

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

describe('a listener that closes', () => {
  test('is not held open by a connection on which nothing happens', async () => {
    expect(await get('/')).toBe('200 keep-alive');
    expect(Object.values(agent.freeSockets)).toHaveLength(1);
    expect(await secondsOf(() => listener.close(20))).toBeLessThan(2);
    expect(await get('/', false)).toBe('ECONNREFUSED');
  });

  test.each(['/slow', '/half-sent'])(
    'lets a request under way finish (%s), and does not wait for the rest of its connection',
    async path => {
      const slow = get(path);
      await until('the request is under way', () => arrived === 1);
      const closed = secondsOf(() => listener.close(20));
      expect(await get('/', false)).toBe('ECONNREFUSED');
      answerAll();
      // What was not sent yet says that the connection ends.
      expect(await slow).toBe(path === '/slow' ? '200 close' : '200 keep-alive');
      expect(await closed).toBeLessThan(5);
    },
  );

  test('cuts what has not finished when the grace period is over', async () => {
    const slow = get('/slow');
    await until('the request is under way', () => arrived === 1);
    expect(await secondsOf(() => listener.close(0.3))).toBeLessThan(2);
    expect(await slow).toBe('ECONNRESET');
  });
});
