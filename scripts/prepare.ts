import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Runs after every `npm ci`: writes the Prisma client into src/store/generated. Needs no network. */

const root = fileURLToPath(new URL('..', import.meta.url));

function findPrisma(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('prisma/build/index.js');
  } catch {
    return undefined;
  }
}

function generate(prisma: string): number {
  const { status, error, stdout, stderr } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      // Prisma wants a schema engine to be there, and would download one, although generating does not use it.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  });
  if (status === 0) return 0;
  console.error(`The Prisma client could not be generated.\n${error?.message ?? ''}${stdout}${stderr}`);
  return 1;
}

const prisma = findPrisma();
if (prisma !== undefined) {
  process.exitCode = generate(prisma);
} else if (!existsSync(`${root}/src/store/generated/client.ts`)) {
  console.error(
    'The Prisma client is missing and the prisma package is not installed. Run npm ci with development dependencies first.',
  );
  process.exitCode = 1;
}
