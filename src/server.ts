import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { StartupError } from './kernel/index.ts';

/**
 * `npm start`, and what the container image runs. What was compiled is kept for the next start, and the hashing threads
 * read it too: a quarter less memory, since the machine that strips types is not loaded. Not under /tmp, where others write.
 */
const cache = enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/gatehouse'));
if (cache.directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= cache.directory;

try {
  const { serve } = await import('./start/index.ts');
  await serve({ environment: process.env, print: console.log });
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exit(1);
}
