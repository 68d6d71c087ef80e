import { hash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../../kernel/index.ts';

/**
 * One Gatehouse a data folder, which is made if it is missing. The lock is a socket that the operating system takes away with the process, however it
 * ends; a file with a process id would outlive `kill -9` and could name a stranger.
 * @throws StartupError when another process holds the folder, or it cannot be written to
 * @returns releases the lock
 */
export async function lockDataDir(dataDir: string): Promise<() => void> {
  makeWritable(dataDir);
  const address = addressFor(dataDir);
  const server = (await tryListen(address)) ?? (await takeOver(address));
  if (server === undefined) {
    const owner = await askOwner(address);
    throw new StartupError(
      `Another Gatehouse (process ${owner ?? 'unknown'}) is using the data folder ${dataDir}. Stop it, or choose another folder with DATA_DIR.`,
    );
  }
  return () => server.close();
}

function makeWritable(dataDir: string): void {
  const probe = join(dataDir, `.write-probe-${process.pid}`);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(probe, 'can this disk be written to?');
    rmSync(probe);
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new StartupError(
      `The data folder ${dataDir} cannot be written to (${code}). Correct that, or choose another folder with DATA_DIR.`,
      cause,
    );
  }
}

function addressFor(dataDir: string): string {
  const name = `gatehouse-${hash('sha256', realpathSync(dataDir), 'hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

function tryListen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => {
      socket.on('error', () => {});
      socket.end(String(process.pid));
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve(server.unref()));
  });
}

/** Where sockets are files (macOS), a dead owner leaves its file behind. */
async function takeOver(address: string): Promise<Server | undefined> {
  if (address.startsWith('\0') || (await askOwner(address)) !== undefined) return undefined;
  rmSync(address, { force: true });
  return tryListen(address);
}

function askOwner(address: string): Promise<string | undefined> {
  return new Promise(resolve => {
    let answer = '';
    const socket = connect(address);
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', chunk => (answer += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer === '' ? undefined : answer));
  });
}
