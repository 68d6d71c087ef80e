import { readFileSync } from 'node:fs';

const everyMs = 500;

/**
 * `npm start` can be killed in a way that npm cannot pass on. A process that then went on alone would hold the ports
 * and the data folder, and block the next start.
 * @returns stops watching
 */
export function watchParent(onGone: () => void): () => void {
  const first = lineage();
  const timer = setInterval(() => {
    if (lineage() === first) return;
    clearInterval(timer);
    onGone();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The parent, and its parent too: npm starts a shell that starts us, and some shells stay. */
function lineage(): string {
  return `${process.ppid}/${parentOf(process.ppid)}`;
}

function parentOf(pid: number): string {
  try {
    // proc(5): the fourth field, after a name in parentheses that may contain anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] ?? '';
  } catch {
    return '';
  }
}
