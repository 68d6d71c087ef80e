import { measureColdStart } from './cold-start.ts';
import { compare } from './compare.ts';
import { measureSignIns } from './sign-ins.ts';

/** `npm run bench`: figures of this machine, as ratios in one run. Tests never depend on them. */
const cold = await measureColdStart();
const signIns = await measureSignIns();
const comparisons = await compare();

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ cold, signIns, comparisons }, null, 2));
} else {
  console.log('\nAgainst the bare library with its memory adapter, same core:');
  console.table(
    comparisons.map(each => ({
      case: each.name,
      'Gatehouse /s': Math.round(each.gatehousePerSecond),
      'bare /s': Math.round(each.barePerSecond),
      ratio: each.ratio.toFixed(2),
      'CPU µs': Math.round(each.gatehouseCpuMicros),
      'bare CPU µs': Math.round(each.bareCpuMicros),
      'CPU ratio': each.cpuRatio.toFixed(2),
    })),
  );
  console.log(
    `Sign-ins on ${signIns.threads} thread(s): ${signIns.signInsPerSecond.toFixed(0)}/s, hashes alone ${signIns.hashesPerSecond.toFixed(0)}/s, ratio ${signIns.ratio.toFixed(2)}`,
  );
  console.log(
    `Cold start: ${cold.seconds.toFixed(2)} s; resident ${cold.residentMegabytes.toFixed(0)} MB, after 2,000 requests ${cold.residentMegabytesUsed.toFixed(0)} MB`,
  );
}
process.exit(0);
