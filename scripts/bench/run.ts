import { measureChecks } from './checks.ts';
import { measureColdStart } from './cold-start.ts';
import { compare } from './compare.ts';
import { measureSignIns } from './sign-ins.ts';

/** `npm run bench`: figures of this machine, as ratios in one run. Tests never depend on them. `-- <words>`: of these cases only. */
const words = process.argv.slice(2).join(' ');
if (words === '' || words === 'checks') {
  const { median, p99, p99WithChanges, perSecond } = await measureChecks();
  console.log(
    `Checks of permissions: median ${median.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms (${p99WithChanges.toFixed(2)} ms while roles change), ${perSecond.toFixed(0)}/s`,
  );
  if (words !== '') process.exit(0);
}
const comparisons = await compare(words);
console.log('\nAgainst the bare library with its memory adapter, same core:');
console.table(
  Object.fromEntries(
    comparisons.map(({ name, redis, postgres, bare, ratio, cpuRatio, postgresRatio }) => [
      name,
      {
        'Redis /s': Math.round(redis.perSecond),
        'PostgreSQL /s': Math.round(postgres.perSecond),
        'bare /s': bare === undefined ? '-' : Math.round(bare.perSecond),
        'Redis : bare': ratio?.toFixed(2) ?? '-',
        'PostgreSQL : bare': postgresRatio?.toFixed(2) ?? '-',
        'CPU µs, Redis': Math.round(redis.cpuMicros),
        'CPU µs, bare': bare === undefined ? '-' : Math.round(bare.cpuMicros),
        'CPU ratio': cpuRatio?.toFixed(2) ?? '-',
      },
    ]),
  ),
);
if (words === '') {
  const signIns = await measureSignIns();
  console.log(
    `Sign-ins on ${signIns.threads} thread(s): ${signIns.signInsPerSecond.toFixed(0)}/s, hashes alone ${signIns.hashesPerSecond.toFixed(0)}/s, ratio ${signIns.ratio.toFixed(2)}`,
  );
  const cold = await measureColdStart();
  console.log(
    `Cold start: ${cold.seconds.toFixed(2)} s; resident ${cold.residentMegabytes.toFixed(0)} MB, after 2,000 requests ${cold.residentMegabytesUsed.toFixed(0)} MB`,
  );
}
process.exit(0);
