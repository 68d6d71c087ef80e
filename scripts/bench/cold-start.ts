import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../tests/support/free-port.ts';
import { tempFolder } from '../../tests/support/temp-folder.ts';
import { median } from './compare.ts';

export interface ColdStart {
  /** From the start of the process to the first 200 on discovery, embedded database included, after the first run. */
  seconds: number;
  /** Of the Gatehouse process alone, PostgreSQL not included. */
  residentMegabytes: number;
  /** After 2,000 requests. */
  residentMegabytesUsed: number;
}

const starts = 5;

export async function measureColdStart(): Promise<ColdStart> {
  const [port, management, operations, sample] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const environment = {
    ...process.env,
    PORT: String(port),
    MANAGEMENT_PORT: String(management),
    OPERATIONS_PORT: String(operations),
    SAMPLE_PORT: String(sample),
    DATA_DIR: join(tempFolder(), 'data'),
    LOG_LEVEL: 'warn',
  };
  const url = `http://127.0.0.1:${port}/.well-known/openid-configuration`;
  const times: number[] = [];
  let resident = 0;
  let used = 0;
  for (let start = 0; start <= starts; start += 1) {
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['src/server.ts'], { env: environment, stdio: 'ignore' });
    while (!(await answers(url))) await wait(5);
    // The first start creates the database.
    if (start > 0) times.push((performance.now() - startedAt) / 1000);
    resident = residentMegabytes(child.pid ?? 0);
    if (start === starts) {
      for (let request = 0; request < 2_000; request += 1) await answers(url);
      used = residentMegabytes(child.pid ?? 0);
    }
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  return { seconds: median(times), residentMegabytes: resident, residentMegabytesUsed: used };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** proc(5), VmRSS in KiB; 0 where there is no /proc. */
function residentMegabytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return 0;
  }
}
