import { once } from 'node:events';
import { connect } from 'node:net';
import type { Call } from './workload.ts';

const connections = 48;

function textOf({ method, path, body, headers: others = {} }: Call): string {
  const content = body === undefined ? '' : new URLSearchParams(body).toString();
  const headers = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...(content === ''
      ? []
      : ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${content.length}`]),
    ...Object.entries(others).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${headers.join('\r\n')}\r\n\r\n${content}`;
}

interface Connection {
  /** @returns when the whole answer has arrived */
  ask(text: string, status: number): Promise<void>;
}

/** Keep-alive connections of our own: Node's client would take more CPU than the server that is measured. */
async function connectTo(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  await once(socket, 'connect');
  let answer = '';
  let waiting: { status: number; resolve: () => void; reject: (reason: Error) => void } | undefined;

  socket.on('data', (chunk: string) => {
    answer = answer === '' ? chunk : answer + chunk;
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0 || answer.length < end + 4 + lengthIn(answer)) return;
    const isGood =
      answer.startsWith(`HTTP/1.1 ${waiting?.status} `) &&
      (waiting?.status === 200 || !answer.includes('error='));
    const finished = waiting;
    const text = answer;
    waiting = undefined;
    answer = '';
    if (isGood) finished?.resolve();
    else finished?.reject(new Error(`unexpected answer:\n${text}`));
  });
  socket.on('close', () => waiting?.reject(new Error('the server closed a connection')));

  return {
    ask: (text, status) =>
      new Promise((resolve, reject) => {
        waiting = { status, resolve, reject };
        socket.write(text, 'latin1');
      }),
  };
}

const lengthHeader = 'Content-Length: ';

/** Of a whole head. */
function lengthIn(head: string): number {
  const start = head.indexOf(lengthHeader) + lengthHeader.length;
  return Number(head.slice(start, head.indexOf('\r\n', start)));
}

const open = new Map<number, Promise<Connection[]>>();

function connectionsTo(port: number): Promise<Connection[]> {
  const known = open.get(port);
  if (known !== undefined) return known;
  const made = Promise.all(Array.from({ length: connections }, () => connectTo(port)));
  open.set(port, made);
  return made;
}

/**
 * Sends all calls over a fixed number of connections, in order.
 * @returns calls a second while there was work for all connections
 */
export async function fire(port: number, calls: readonly Call[]): Promise<number> {
  const texts = calls.map(call => ({ text: textOf(call), status: call.status ?? 200 }));
  const idle = await connectionsTo(port);
  const startedAt = performance.now();
  let next = 0;
  let busyUntil = startedAt;
  let answered = 0;
  await Promise.all(
    idle.map(async connection => {
      while (next < texts.length) {
        const { text, status } = texts[next] as (typeof texts)[number];
        next += 1;
        await connection.ask(text, status);
        answered += 1;
        if (answered === texts.length - connections) busyUntil = performance.now();
      }
    }),
  );
  return ((texts.length - connections) * 1000) / (busyUntil - startedAt);
}
