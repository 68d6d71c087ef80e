import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { systemClock } from '../../src/kernel/index.ts';
import { type EmbeddedPostgres, migrate, startEmbeddedPostgres } from '../../src/store/index.ts';
import { startRedis } from '../../tests/support/redis.ts';
import { tempFolder } from '../../tests/support/temp-folder.ts';
import { fire } from './fire.ts';
import { type Batch, type Case, cases } from './workload.ts';

/** Gatehouse against the bare library with its memory adapter: same machine, same run, same core, taking turns. */

export interface Comparison {
  name: string;
  redis: Rates;
  postgres: Rates;
  /** Of the bare library, which lacks some of what we have. */
  bare: Rates | undefined;
  /** Redis against bare. Of throughput; median over rounds. */
  ratio: number | undefined;
  /** Of requests that one core can serve, whatever it waits for: CPU of the bare library by ours, median over rounds. */
  cpuRatio: number | undefined;
  postgresRatio: number | undefined;
}

interface Side {
  port: number;
  prepare(batch: Batch): Promise<string[]>;
  cpuMicros(): Promise<number>;
  end(): void;
}

/** Of what has to be made first the memory adapter of the library keeps 1,000 entries, several for each. */
const callsASlice = ({ uses }: Case) => (uses === undefined ? 1_000 : 190);
const rounds = 25;
/** What a process does often is compiled for it; both sides get there before anything is measured. */
const warmUpSlices = 10;

/** @param only cases whose name starts with this */
export async function compare(only = ''): Promise<Comparison[]> {
  const redis = await startRedis();
  const databases = [await newDatabase(), await newDatabase()] as const;
  pin(process.pid, 1);
  const sides = {
    bare: await startSide('bare'),
    redis: await startSide('ours', databases[0].url, redis.url),
    postgres: await startSide('ours', databases[1].url),
  };
  const results: Comparison[] = [];
  try {
    for (const each of cases.filter(({ name }) => name.startsWith(only))) {
      process.stderr.write(`${each.name} …\n`);
      results.push(await compareCase(each, sides));
    }
  } finally {
    for (const side of Object.values(sides)) side.end();
    await redis.stop();
    for (const database of databases) await database.stop();
  }
  return results;
}

async function newDatabase(): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: tempFolder() });
  await migrate({ url: postgres.url, folder: 'prisma/migrations', clock: systemClock });
  return postgres;
}

async function compareCase(
  each: Case,
  sides: Record<'bare' | 'redis' | 'postgres', Side>,
): Promise<Comparison> {
  const names =
    each.isOursOnly === true ? (['redis', 'postgres'] as const) : (['bare', 'redis', 'postgres'] as const);
  for (const name of names)
    for (let count = 0; count < warmUpSlices; count += 1) await slice(each, sides[name], name !== 'bare');
  const results: Record<keyof typeof sides, Rates[]> = { bare: [], redis: [], postgres: [] };
  for (let round = 0; round < rounds; round += 1) {
    // Who is first alternates, so that a machine that warms up or slows down favours nobody.
    const turns = round % 2 === 0 ? names : names.toReversed();
    for (const name of turns) results[name].push(await slice(each, sides[name], name !== 'bare'));
  }
  const ratio = (pick: (ours: Rates, bare: Rates) => number, ours: Rates[]) =>
    each.isOursOnly === true
      ? undefined
      : median(ours.map((rates, round) => pick(rates, results.bare[round] as Rates)));
  const perSecond = (ours: Rates, bare: Rates) => ours.perSecond / bare.perSecond;
  return {
    name: each.name,
    redis: medians(results.redis),
    postgres: medians(results.postgres),
    bare: each.isOursOnly === true ? undefined : medians(results.bare),
    ratio: ratio(perSecond, results.redis),
    cpuRatio: ratio((ours, bare) => bare.cpuMicros / ours.cpuMicros, results.redis),
    postgresRatio: ratio(perSecond, results.postgres),
  };
}

interface Rates {
  perSecond: number;
  /** Per request. */
  cpuMicros: number;
}

function medians(rates: Rates[]): Rates {
  return {
    perSecond: median(rates.map(({ perSecond }) => perSecond)),
    cpuMicros: median(rates.map(({ cpuMicros }) => cpuMicros)),
  };
}

async function slice(each: Case, side: Side, isOurs: boolean): Promise<Rates> {
  const count = callsASlice(each);
  const values =
    each.uses === undefined
      ? Array.from({ length: count }, () => '')
      : await side.prepare({ kind: each.uses, count });
  const before = await side.cpuMicros();
  const perSecond = await fire(
    side.port,
    values.map(value => ({
      ...each.call(value),
      ...(isOurs && each.constantOfOurs !== undefined ? { path: each.constantOfOurs } : {}),
    })),
  );
  return { perSecond, cpuMicros: ((await side.cpuMicros()) - before) / count };
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
