import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { StartupError } from './kernel/index.ts';

/** `npm start`, and what the container image runs. */

// What was compiled is kept for the next start, and the hashing threads read it too: the machine that strips types is
// not even loaded there. Not under /tmp, where others write.
const cache = enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/gatehouse'));
if (cache.directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= cache.directory;

// A start leaves much garbage in little time, and V8 would keep the room for it ever after. Traffic may have it.
setFlagsFromString('--semi-space-growth-factor=1');

try {
  const { serve } = await import('./start/index.ts');
  await serve({ environment: process.env, print: console.log });
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exit(1);
}
setFlagsFromString('--semi-space-growth-factor=2');
