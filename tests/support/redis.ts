import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { spawnTied } from './spawn-tied.ts';
import { tempFolder } from './temp-folder.ts';
import { until } from './until.ts';

export interface RedisServer {
  url: string;
  port: number;
  /** Ends the server; its data stays for `restart`. */
  stop(): Promise<void>;
  /** As a power cut would: nothing is flushed first. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the data it had. */
  restart(): Promise<void>;
  /** The server stays connected but no longer answers. */
  pause(): void;
  resume(): void;
}

/** A redis-server of the caller's own, with the durability that production asks for. Dies with the test process. */
export async function startRedis(...extra: string[]): Promise<RedisServer> {
  const folder = tempFolder();
  const port = await freePort();
  const log = join(folder, 'redis.log');
  const settings =
    `--port ${port} --bind 127.0.0.1 --dir ${folder} --appendonly yes --appendfsync everysec`.split(' ');
  const start = async () => {
    const server = await spawnTied(['redis-server', ...settings, '--save', '', ...extra], log);
    await until(
      'redis-server answers',
      () => {
        if (!server.isAlive()) throw new Error(`redis-server ended:\n${readFileSync(log, 'utf8')}`);
        return answersPing(port);
      },
      10,
    );
    return server;
  };
  let server = await start();
  const end = async (signal: NodeJS.Signals) => {
    server.signal('SIGCONT');
    server.signal(signal);
    await until('redis-server ended', () => !server.isAlive());
    await server.end();
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      server = await start();
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
  };
}

function answersPing(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', answer => {
      resolve(answer.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
