import { PrismaPg } from '@prisma/adapter-pg';
import { Pool, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { translateError } from './translate-error.ts';

export interface DatabaseOptions {
  /** postgresql://… */
  url: string;
  poolSize: number;
  /** Shown by pg_stat_activity. */
  applicationName?: string;
}

/** Plain statements over the shared pool. Give every statement a name: it is then prepared once per connection. */
export interface Statements {
  query<Row extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<Row>>;
}

export interface Database {
  prisma: PrismaClient;
  pool: Statements;
  /** @throws AppError `unavailable` */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export type Transaction = Prisma.TransactionClient;

/** One pool for Prisma and for plain statements. Connects when first used, and again after PostgreSQL was away. */
export function openDatabase({ url, poolSize, applicationName = 'gatehouse' }: DatabaseOptions): Database {
  const pool = new Pool({
    connectionString: url,
    max: poolSize,
    application_name: applicationName,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
  });
  // An idle connection that PostgreSQL drops is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  // The same for a connection that is inside a transaction but has no query under way.
  pool.on('connect', client => client.on('error', () => {}));

  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
  const statements: Statements = {
    query: config => translated(() => pool.query(config)),
  };
  return {
    prisma: withTranslatedErrors(prisma),
    pool: statements,
    async ping() {
      await statements.query({ text: 'SELECT 1' });
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translateError(error);
  }
}

/** Every query and transaction of Prisma passes here, so that no repository has to think of an absent database. */
function withTranslatedErrors(prisma: PrismaClient): PrismaClient {
  const extended = prisma.$extends({
    query: { $allOperations: ({ args, query }) => translated(() => query(args)) },
  });
  const transaction = extended.$transaction.bind(extended) as (...args: unknown[]) => Promise<unknown>;
  return new Proxy(extended as unknown as PrismaClient, {
    get: (target, name): unknown =>
      name === '$transaction'
        ? (...args: unknown[]) => translated(() => transaction(...args))
        : Reflect.get(target, name),
  });
}
