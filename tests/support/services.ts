/**
 * Real servers for tests: a database per test file on one shared PostgreSQL, and servers of one's own where a test
 * takes them away. All of them die with the test run, however it ends.
 */
export { freePort } from './free-port.ts';
export {
  emptyDatabase,
  freshDatabase,
  type PostgresServer,
  startPostgres,
  type TestDatabase,
} from './postgres.ts';
export { type RedisServer, startRedis } from './redis.ts';
export { tempFolder } from './temp-folder.ts';
export { runSql, selectRows } from './test-server.ts';
export { chromiumPath } from './tools.ts';
export { until } from './until.ts';
