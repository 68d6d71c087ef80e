import { Cluster } from 'ioredis';
import type { RedisConnection } from './redis-connection.ts';

export interface ReplyWatch {
  /** Passes the work on, and notes that an answer is awaited. */
  awaiting<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

const longestMs = 1_500;
const lookEveryMs = 250;

/**
 * A server that is connected but silent must not hold anybody. One timer looks after all commands, because a timer for
 * each is a tenth of what a command costs: when nothing at all was answered for too long, the connection is cut, and
 * everything that waits on it fails at once. (The nodes of a Cluster have connections of their own and time their commands
 * themselves.)
 */
export function watchReplies(redis: RedisConnection): ReplyWatch {
  let awaited = 0;
  let silentSince = 0;
  const timer = setInterval(() => {
    if (redis instanceof Cluster || awaited === 0 || performance.now() - silentSince < longestMs) return;
    silentSince = performance.now();
    redis.disconnect(true);
  }, lookEveryMs);
  timer.unref();

  return {
    async awaiting(work) {
      if (awaited === 0) silentSince = performance.now();
      awaited += 1;
      try {
        return await work();
      } finally {
        awaited -= 1;
        silentSince = performance.now();
      }
    },
    close: () => clearInterval(timer),
  };
}
