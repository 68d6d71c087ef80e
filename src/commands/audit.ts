import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { compactVerify, createLocalJWKSet } from 'jose';
import { verifyLog } from '../audit/index.ts';
import { StartupError } from '../kernel/index.ts';
import { type KeySet, openKeyRing } from '../keys/index.ts';
import { createLogger } from '../log/index.ts';
import { rotationPolicy } from '../start/index.ts';
import { withKeys } from './with-settings.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** What happened to accounts, and whether anybody changed the record of it. */
export function auditCommands(program: Command): void {
  const audit = program.command('audit').description('The record of what happened to accounts.');

  audit
    .command('verify')
    .option('--witness <file>', 'checkpoints that were kept elsewhere, as AUDIT_WITNESS_FILE has them')
    .option('--json', 'for programs')
    .description('Reads the whole record and says what was changed, removed, or put in another order.')
    .action(({ witness, json }: { witness?: string; json?: true }) =>
      withKeys(async (deps, settings) => {
        const log = createLogger({ level: 'silent' });
        const ring = await openKeyRing({ ...deps, log, policy: rotationPolicy(settings) });
        ring.close();
        const isSigned = (signature: string) => isSignedBy(ring.current(), signature);
        const witnessed = witness === undefined ? [] : linesOf(witness);
        const keptMs = settings.retentionEventsDays * dayMs;
        const result = await verifyLog({ ...deps, isSigned }, { witnessed, keptMs });
        const { size, root, problems } = result;
        if (json === true) console.log(JSON.stringify(result));
        else for (const problem of problems) console.log(problem);
        if (problems.length > 0) {
          throw new StartupError(`The record is not as it was: ${problems.length} findings.`);
        }
        if (json !== true) console.log(`${size} events, root ${root}: nothing was changed.`);
      }),
    );
}

async function isSignedBy({ signing, published }: KeySet, signature: string): Promise<boolean> {
  const keys = createLocalJWKSet({ keys: [...signing, ...published].map(({ publicJwk }) => publicJwk) });
  return compactVerify(signature, keys).then(
    () => true,
    () => false,
  );
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => line !== '');
  } catch {
    throw new StartupError(`${file} cannot be read.`);
  }
}
