import { Writable } from 'node:stream';
import { type Environment, loadSettings } from '../../src/config/index.ts';
import { type Clock, systemClock } from '../../src/kernel/index.ts';
import type { PrivateKeys } from '../../src/keys/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { type Gatehouse, startGatehouse } from '../../src/start/index.ts';
import { freePort } from './free-port.ts';
import { freshDatabase } from './postgres.ts';
import { tempFolder } from './temp-folder.ts';

export interface TestGatehouse extends Gatehouse {
  facts: NonNullable<Gatehouse['demo']>;
  databaseUrl: string;
  environment: Environment;
  /** Log lines so far. */
  log: Record<string, unknown>[];
}

/** A whole Gatehouse in this process, as `npm start` makes it, with a database of its own. */
export async function startTestGatehouse(
  environment: Environment = {},
  clock: Clock = systemClock,
  elsewhere: { privateKeys?: PrivateKeys } = {},
): Promise<TestGatehouse> {
  const database = environment['DATABASE_URL'] === undefined ? await freshDatabase() : undefined;
  const complete: Environment = {
    NODE_ENV: 'development',
    PORT: String(await freePort()),
    MANAGEMENT_PORT: '0',
    OPERATIONS_PORT: '0',
    SAMPLE_PORT: '0',
    DATA_DIR: tempFolder(),
    PASSWORD_HASH_CONCURRENCY: '1',
    SHUTDOWN_GRACE_SECONDS: '1',
    LOG_LEVEL: 'debug',
    ...(database === undefined ? {} : { DATABASE_URL: database.url }),
    ...environment,
  };
  const log: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split('\n'))
        log.push(JSON.parse(line) as Record<string, unknown>);
      done();
    },
  });
  const settings = loadSettings(complete);
  const gatehouse = await startGatehouse({
    settings,
    clock,
    log: createLogger({ level: settings.logLevel, destination }),
    ...elsewhere,
  });
  const { demo } = gatehouse;
  if (demo === undefined) throw new Error('a test Gatehouse runs in development');
  return {
    ...gatehouse,
    facts: demo,
    databaseUrl: complete['DATABASE_URL'] ?? '',
    environment: complete,
    log,
    async close() {
      await gatehouse.close();
      await database?.drop();
    },
  };
}
