import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { systemClock } from '../../src/kernel/index.ts';
import { migrate, startEmbeddedPostgres } from '../../src/store/index.ts';
import { startRedis } from '../../tests/support/redis.ts';
import { tempFolder } from '../../tests/support/temp-folder.ts';
import { type Batch, type Case, cases, fire } from './workload.ts';

/** Gatehouse against the bare library with its memory adapter: same machine, same run, same core, taking turns. */

export interface Comparison {
  name: string;
  gatehousePerSecond: number;
  barePerSecond: number;
  /** Of throughput; median over pairs of neighbouring slices. */
  ratio: number;
  gatehouseCpuMicros: number;
  bareCpuMicros: number;
  /** Of requests that one core can serve, whatever it waits for: CPU of the bare library by ours, median over pairs. */
  cpuRatio: number;
}

interface Side {
  port: number;
  prepare(batch: Batch): Promise<string[]>;
  cpuMicros(): Promise<number>;
  end(): void;
}

// The memory adapter of the library keeps 1,000 entries.
const callsASlice = 190;
const pairs = 40;

export async function compare(): Promise<Comparison[]> {
  const redis = await startRedis();
  const postgres = await startEmbeddedPostgres({ dataDir: tempFolder() });
  await migrate({ url: postgres.url, folder: 'prisma/migrations', clock: systemClock });
  pin(process.pid, 1);
  const [ours, bare] = await Promise.all([
    startSide('gatehouse', postgres.url, redis.url),
    startSide('bare'),
  ]);
  const results: Comparison[] = [];
  try {
    for (const each of cases) results.push(await compareCase(each, ours, bare));
  } finally {
    ours.end();
    bare.end();
    await redis.stop();
    await postgres.stop();
  }
  return results;
}

async function compareCase(each: Case, ours: Side, bare: Side): Promise<Comparison> {
  await slice(each, ours);
  await slice(each, bare);
  const rounds: { ours: Slice; bare: Slice }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    // Who is first alternates, so that a machine that warms up or slows down favours nobody.
    if (pair % 2 === 0) rounds.push({ ours: await slice(each, ours), bare: await slice(each, bare) });
    else {
      const first = await slice(each, bare);
      rounds.push({ bare: first, ours: await slice(each, ours) });
    }
  }
  return {
    name: each.name,
    gatehousePerSecond: median(rounds.map(round => round.ours.perSecond)),
    barePerSecond: median(rounds.map(round => round.bare.perSecond)),
    ratio: median(rounds.map(round => round.ours.perSecond / round.bare.perSecond)),
    gatehouseCpuMicros: median(rounds.map(round => round.ours.cpuMicros)),
    bareCpuMicros: median(rounds.map(round => round.bare.cpuMicros)),
    cpuRatio: median(rounds.map(round => round.bare.cpuMicros / round.ours.cpuMicros)),
  };
}

interface Slice {
  perSecond: number;
  /** Per request. */
  cpuMicros: number;
}

async function slice(each: Case, side: Side): Promise<Slice> {
  const values =
    each.uses === undefined
      ? Array.from({ length: callsASlice }, () => '')
      : await side.prepare({ kind: each.uses, count: callsASlice });
  const before = await side.cpuMicros();
  const perSecond = await fire(
    side.port,
    values.map(value => each.call(value)),
  );
  return { perSecond, cpuMicros: ((await side.cpuMicros()) - before) / callsASlice };
}

async function startSide(...words: string[]): Promise<Side> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'subject.ts'), ...words], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, (result: unknown) => void>();
  const ready = new Promise(resolve => waiting.set(0, resolve));
  child.on('message', ({ id, result }: { id: number; result: unknown }) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  child.once('exit', code => {
    if (code !== null && code !== 0) throw new Error(`${words[0]} ended with ${code}`);
  });
  let last = 0;
  const ask = (message: object) =>
    new Promise(resolve => {
      last += 1;
      waiting.set(last, resolve);
      child.send({ id: last, ...message });
    });
  const port = (await ready) as number;
  pin(child.pid ?? 0, 0);
  return {
    port,
    prepare: batch => ask({ batch }) as Promise<string[]>,
    async cpuMicros() {
      const { user, system } = (await ask({})) as NodeJS.CpuUsage;
      return user + system;
    },
    end: () => child.kill(),
  };
}

/** All threads of a process to one core, where the system has `taskset`. */
function pin(pid: number, core: number): void {
  spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
