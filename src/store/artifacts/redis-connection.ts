import { Cluster, type ClusterNode, Redis } from 'ioredis';

export type RedisConnection = Redis | Cluster;

/** Fail fast rather than queue: a caller that waits for a store that is away holds a person or another service. */
const shared = {
  connectTimeout: 1_000,
  // A commit whose answer was lost may have been applied; its sender is told, and decides.
  autoResendUnfulfilledCommands: false,
  // Cut means cut: a silent server would not say goodbye either.
  disconnectTimeout: 1,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  lazyConnect: true,
  retryStrategy: (attempt: number) => Math.min(50 * attempt, 500),
};

/**
 * - `redis://` and `rediss://` (TLS): one server
 * - `redis+sentinel://:password@host:26379,host:26379/name-of-the-primary`
 * - `redis+cluster://:password@host:6379,host:6379`: failover, not sharding, because all keys share a slot
 */
export function connectRedis(url: string): RedisConnection {
  const multi = /^redis\+(sentinel|cluster):\/\/(?:([^:@/]*):([^@/]*)@)?([^/]+)(?:\/([^/?]+))?$/.exec(url);
  if (multi === null) return new Redis(url, shared);
  const [, kind, username = '', password = '', hosts = '', name = 'mymaster'] = multi;
  const nodes: ClusterNode[] = hosts.split(',').map(host => {
    const { hostname, port } = new URL(`redis://${host}`);
    return { host: hostname, port: Number(port || (kind === 'sentinel' ? 26_379 : 6_379)) };
  });
  const credentials = {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
  if (kind === 'sentinel') {
    return new Redis({
      ...shared,
      ...credentials,
      sentinels: nodes as { host: string; port: number }[],
      name,
    });
  }
  return new Cluster(nodes, {
    lazyConnect: true,
    enableOfflineQueue: false,
    redisOptions: { ...shared, ...credentials, commandTimeout: 1_500 },
    clusterRetryStrategy: attempt => Math.min(50 * attempt, 500),
  });
}
