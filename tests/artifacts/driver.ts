import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import type { Clock } from '../../src/kernel/index.ts';
import {
  type ArtifactStore,
  createPostgresArtifactStore,
  createRedisArtifactStore,
  openDatabase,
} from '../../src/store/index.ts';
import { type PostgresServer, selectRows, startPostgres, startRedis } from '../support/services.ts';

/** What the contract needs to know of a driver besides the contract itself. */
export interface Driver {
  url: string;
  open(clock: Clock): Promise<ArtifactStore>;
  /** Everything that is stored, as whoever steals the server would read it. */
  dump(): Promise<string>;
  /** Rows or keys. */
  size(): Promise<number>;
  stop(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const drivers = { postgres: postgresDriver, redis: redisDriver };

async function postgresDriver(): Promise<Driver> {
  const server: PostgresServer = await startPostgres();
  const database = openDatabase({ url: server.url, poolSize: 20 });
  return {
    ...server,
    open: clock => Promise.resolve(createPostgresArtifactStore({ pool: database.pool, clock })),
    dump: async () =>
      JSON.stringify(await selectRows(server.url, 'SELECT * FROM artifact ORDER BY model, id')),
    size: async () =>
      Number((await selectRows<{ n: string }>(server.url, 'SELECT count(*) AS n FROM artifact'))[0]?.n),
    async close() {
      await database.close();
      await server.stop();
    },
  };
}

async function redisDriver(): Promise<Driver> {
  const server = await startRedis();
  const raw = new Redis(server.url);
  raw.on('error', () => {});
  const stores: ArtifactStore[] = [];
  return {
    ...server,
    async open(clock) {
      const store = await createRedisArtifactStore({ url: server.url, clock });
      stores.push(store);
      return store;
    },
    async dump() {
      const keys = (await raw.keys('*')).toSorted();
      const values = await Promise.all(keys.map(key => raw.get(key)));
      return JSON.stringify([keys, values]);
    },
    size: () => raw.dbsize(),
    async close() {
      for (const store of stores) await store.close();
      raw.disconnect();
      await server.stop();
    },
  };
}

export interface Rival {
  /** @returns how many of its attempts won */
  consume(id: string): Promise<number>;
  end(): void;
}

/** Another process over the same store. */
export async function startRival(driver: keyof typeof drivers, url: string, atOnce: number): Promise<Rival> {
  const script = join(import.meta.dirname, '../support/processes/consume.ts');
  const child = spawn(process.execPath, [script, driver, url, String(atOnce)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    async consume(id) {
      child.stdin.write(`${id}\n`);
      const { value } = (await lines.next()) as { value: string };
      return Number(value);
    },
    end: () => child.kill('SIGKILL'),
  };
}
