import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Sample, startSample } from '../../scripts/sample/index.ts';
import { readDemoPlan } from '../../src/demo/demo-plan.ts';
import { seed } from '../../src/demo/seed.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createPasswordHasher } from '../../src/passwords/index.ts';
import { makeEncryptionKey } from '../../src/start/index.ts';
import { saveOwnRecords } from '../../src/start/save-own-records.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { freePort } from './free-port.ts';
import { freshDatabase } from './postgres.ts';
import type { Person, Registered } from './relying-party.ts';
import { roundRobin } from './round-robin.ts';

export interface ClusterProcess {
  /** Its own public port, past the proxy. */
  url: string;
  operationsUrl: string;
  output: string[];
  start(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface Cluster {
  /** One address for all processes. */
  issuer: string;
  processes: ClusterProcess[];
  databaseUrl: string;
  /** What all processes share; commands of the operator run with it. */
  environment: Record<string, string>;
  sample: Sample;
  account: Person;
  clients: { web: Registered; machine: Registered };
  close(): Promise<void>;
}

const script = join(import.meta.dirname, 'processes', 'gatehouse.ts');
const secrets = { web: 'w'.repeat(43), machine: 'm'.repeat(43) };

export interface ClusterOptions {
  redisUrl?: string | undefined;
  databaseUrl?: string;
  size?: number;
  environment?: Record<string, string>;
}

/** Several processes behind one address, over one database and one Redis. */
export async function startCluster({
  redisUrl,
  databaseUrl,
  size = 2,
  environment = {},
}: ClusterOptions): Promise<Cluster> {
  const own = databaseUrl === undefined ? await freshDatabase() : undefined;
  const database = databaseUrl ?? own?.url ?? '';
  const proxyPort = await freePort();
  const issuer = `http://localhost:${proxyPort}`;
  const account = { email: 'ada@example.com', password: 'a password of the cluster' };
  const sample = await startSample({
    port: 0,
    address: '127.0.0.1',
    issuer,
    resource: 'https://notes.example/api',
    apiScope: 'notes:read',
  });
  await seedCluster(database, issuer, sample.url, account);
  sample.use({ client_id: 'demo-web', client_secret: secrets.web });

  const shared = {
    PATH: process.env['PATH'] ?? '',
    ISSUER: issuer,
    DATABASE_URL: database,
    ENCRYPTION_KEYS: makeEncryptionKey(),
    PASSWORD_HASH_CONCURRENCY: '1',
    SHUTDOWN_GRACE_SECONDS: '1',
    LOG_LEVEL: 'warn',
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    ...environment,
  };
  const ports = await Promise.all(Array.from({ length: size }, () => Promise.all([freePort(), freePort()])));
  const processes = ports.map(([port, operationsPort]) =>
    clusterProcess({ ...shared }, port, operationsPort),
  );
  const proxy = await roundRobin(
    proxyPort,
    ports.map(([port]) => port),
  );
  try {
    await Promise.all(processes.map(each => each.start()));
  } catch (error) {
    proxy.close();
    await Promise.all(processes.map(each => each.kill('SIGKILL')));
    await sample.close();
    throw error;
  }

  return {
    issuer,
    processes,
    databaseUrl: database,
    environment: shared,
    sample,
    account,
    clients: {
      web: { client_id: 'demo-web', client_secret: secrets.web },
      machine: { client_id: 'demo-machine', client_secret: secrets.machine },
    },
    async close() {
      proxy.close();
      await Promise.all(processes.map(each => each.kill('SIGTERM')));
      await sample.close();
      await own?.drop();
    },
  };
}

async function seedCluster(
  databaseUrl: string,
  issuer: string,
  sample: string,
  account: Person,
): Promise<void> {
  const database = openDatabase({ url: databaseUrl, poolSize: 2 });
  const hasher = await createPasswordHasher({ concurrency: 1, queue: 10 });
  const sealer = createSealer([{ id: 'any', bytes: Buffer.alloc(32) }]);
  await saveOwnRecords({ database, clock: systemClock, sealer }, issuer);
  await seed({ database, hasher, sealer, clock: systemClock }, readDemoPlan({ issuer, sample }), {
    account,
    isPasswordNew: true,
    clients: {
      'demo-web': { client_id: 'demo-web', client_secret: secrets.web },
      'demo-machine': { client_id: 'demo-machine', client_secret: secrets.machine },
    },
  });
  await hasher.close();
  await database.close();
}

function clusterProcess(
  shared: Record<string, string>,
  port: number,
  operationsPort: number,
): ClusterProcess {
  let child: ChildProcess | undefined;
  const output: string[] = [];
  return {
    url: `http://127.0.0.1:${port}`,
    operationsUrl: `http://127.0.0.1:${operationsPort}`,
    output,
    async start() {
      const started = spawn(process.execPath, [script], {
        env: {
          ...shared,
          PORT: String(port),
          MANAGEMENT_PORT: '0',
          OPERATIONS_PORT: String(operationsPort),
          SAMPLE_PORT: '1',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      started.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
      const lines = createInterface({ input: started.stdout });
      await new Promise<void>((resolve, reject) => {
        lines.on('line', line => {
          output.push(line);
          if (line === 'ready') resolve();
        });
        started.once('exit', code =>
          reject(new Error(`the process ended with ${code}:\n${output.join('\n')}`)),
        );
      });
    },
    async kill(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}
