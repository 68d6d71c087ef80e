import { lockDataDir, startEmbeddedPostgres } from '../../../src/store/index.ts';
import { fast } from '../test-server.ts';

/** Stands for a Gatehouse with the embedded default. Prints the database's URL and runs until it is killed. */
const [dataDir = ''] = process.argv.slice(2);
try {
  await lockDataDir(dataDir);
  const { url } = await startEmbeddedPostgres({ dataDir, options: fast });
  console.log(url);
  setInterval(() => {}, 60_000);
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exit(1);
}
