import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartupError } from '../src/kernel/index.ts';
import { lockDataDir, removeEmbeddedPostgres } from '../src/store/index.ts';

/** `npm run reset`: deletes the data folder, so that the next start begins anew. Touches no database of DATABASE_URL. */

/** Whatever Gatehouse keeps in its data folder. Anything else in there is somebody's, and then nothing is deleted. */
const ours = /^(postgres([.-].*)?|encryption-keys|demo\.json(\.new)?|\.write-probe-\d+)$/;

const dataDir = resolve(process.env['DATA_DIR'] ?? '.data');

async function reset(): Promise<string> {
  if (!existsSync(dataDir)) return `There is no data folder ${dataDir}. Nothing to do.`;
  const names = readdirSync(dataDir);
  const strange = names.filter(name => !ours.test(name));
  if (strange.length > 0) {
    throw new StartupError(
      `${dataDir} does not look like a data folder of Gatehouse: it contains ${strange.slice(0, 3).join(', ')}. Nothing was deleted.`,
    );
  }
  const unlock = await lockDataDir(dataDir);
  try {
    await removeEmbeddedPostgres(dataDir);
    for (const name of readdirSync(dataDir)) {
      if (ours.test(name)) rmSync(join(dataDir, name), { recursive: true });
    }
    rmdirSync(dataDir);
  } finally {
    unlock();
  }
  return `Deleted ${dataDir}.`;
}

try {
  console.log(await reset());
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
