import { hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import { type Clock, perTurn, unavailable } from '../../kernel/index.ts';
import {
  type ArtifactStore,
  type Change,
  type Conflict,
  clockToleranceSeconds,
  type FoundArtifact,
  grantModel,
  type Put,
} from './artifact-store.ts';
import { newVersion } from './new-version.ts';
import { formatRecord, parseRecord } from './record-format.ts';
import { connectRedis, type RedisConnection } from './redis-connection.ts';
import { commitScript, findScript } from './redis-scripts.ts';
import { watchReplies } from './watch-replies.ts';

export interface RedisArtifactStoreOptions {
  url: string;
  clock: Clock;
  /** Separates several installations on one Redis. The braces keep all keys in one slot of a Cluster. */
  keyPrefix?: string;
}

const firstConnectMs = 3_000;

/** Stays behind when a grant is revoked, so that a request under way cannot bring it back. */
const minTombstoneMs = 24 * 60 * 60 * 1000;

export async function createRedisArtifactStore(options: RedisArtifactStoreOptions): Promise<ArtifactStore> {
  const { url, clock, keyPrefix = '{gatehouse}:' } = options;
  const redis = connectRedis(url);
  // ioredis reconnects by itself; what fails meanwhile is reported by each command.
  redis.on('error', () => {});
  // Sentinels that do not answer are asked for ever; whoever starts us wants to hear of it.
  await Promise.race([redis.connect().catch(() => {}), wait(firstConnectMs, undefined, { ref: false })]);

  const replies = watchReplies(redis);

  /** Whatever goes wrong in here, the outcome is unknown and the caller must not go on as if it had been a "no". */
  async function answering<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await replies.awaiting(work);
    } catch (error) {
      throw unavailable('artifact store (Redis)', error);
    }
  }

  const keyOf = (model: string, id: string) => `${keyPrefix}${model}:${id}`;
  const lookupPrefixOf = (model: string) => `${keyPrefix}${model}/`;

  const load = perTurn(async (keys: string[]) => {
    const found = (await evaluate(redis, findScript, keys, [keyOf(grantModel, '')])) as (string | null)[];
    return keys.map((_, index) => ({ value: found[index * 2], grant: found[index * 2 + 1] }));
  });

  const apply = perTurn(async (commits: (readonly Change[])[]) => {
    const { keys, args } = layOut(commits, { now: clock.now(), keyOf, lookupPrefixOf });
    return (await evaluate(redis, commitScript, keys, args)) as ([Conflict['reason'], number] | null)[];
  });

  async function read(model: string, id: string): Promise<FoundArtifact | undefined> {
    const found = await load(keyOf(model, id));
    const now = clock.now();
    const artifact = typeof found.value === 'string' ? parseRecord(model, id, found.value, now) : undefined;
    if (artifact === undefined) return undefined;
    const { grantId, ...record } = artifact;
    if (grantId === '') return { ...record, grant: undefined };
    const grant =
      typeof found.grant === 'string' ? parseRecord(grantModel, grantId, found.grant, now) : undefined;
    return grant === undefined ? undefined : { ...record, grant };
  }

  return {
    find: (model, id) => answering(() => read(model, id)),

    findByLookup: (model, lookup) =>
      answering(async () => {
        const id = await redis.get(lookupPrefixOf(model) + lookup);
        return id === null ? undefined : read(model, id);
      }),

    commit: changes =>
      answering(async () => {
        if (changes.length === 0) return undefined;
        const conflict = await apply(changes);
        return conflict === null ? undefined : { reason: conflict[0], index: conflict[1] - 1 };
      }),

    removeNaming: async texts => {
      const values = texts.map(text => JSON.stringify(text));
      let removed = 0;
      for (const node of redis instanceof Cluster ? redis.nodes('master') : [redis]) {
        let cursor = '0';
        do {
          const [next, keys] = await answering(() =>
            node.scan(cursor, 'MATCH', `${keyPrefix}*`, 'COUNT', 1_000),
          );
          cursor = next;
          const records = keys.filter(key => key.slice(keyPrefix.length).includes(':'));
          removed += await answering(() => removeOf(node, records, values));
        } while (cursor !== '0');
      }
      return removed;
    },

    // Every key has a time to live.
    reapExpired: () => Promise.resolve(0),
    ping: () => answering(async () => void (await redis.ping())),
    close: async () => {
      replies.close();
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

/** Those of these records in which one of the values stands; what led to them by a second key leads nowhere then. */
async function removeOf(node: Redis, keys: readonly string[], values: readonly string[]): Promise<number> {
  if (keys.length === 0) return 0;
  const records = await node.mget(...keys);
  const named = keys.filter((_, index) => values.some(value => records[index]?.includes(value) === true));
  return named.length === 0 ? 0 : node.unlink(...named);
}

function isPut(change: Change): change is Put {
  return change.kind === 'put';
}

interface Naming {
  now: number;
  keyOf: (model: string, id: string) => string;
  lookupPrefixOf: (model: string) => string;
}

interface Layout extends Naming {
  extraKey: (key: string) => number;
  isPutHere: (modelAndId: string) => boolean;
}

/** Keys and arguments of the commit script. */
function layOut(commits: readonly (readonly Change[])[], naming: Naming) {
  const keys = commits
    .flat()
    .map(change => naming.keyOf(change.kind === 'revoke-grant' ? grantModel : change.model, change.id));
  const args: (string | number)[] = [naming.now, keys.length];
  const extraKey = (key: string) => keys.push(key);
  let position = 0;
  for (const changes of commits) {
    const put = new Set(changes.filter(isPut).map(change => `${change.model}:${change.id}`));
    const layout = { ...naming, extraKey, isPutHere: (id: string) => put.has(id) };
    changes.forEach((change, index) => {
      position += 1;
      const fields = fieldsOf(change, position, layout);
      args.push(...fields, ...noFields.slice(fields.length), index === 0 ? changes.length : '');
    });
  }
  return { keys, args };
}

const noFields = Array<string>(8).fill('');

/** The arguments of one change for the commit script. Positions of keys count from 1, as Lua does. */
function fieldsOf(change: Change, position: number, layout: Layout): (string | number)[] {
  switch (change.kind) {
    case 'consume':
      return ['C', change.at];
    case 'destroy':
      return ['D', layout.lookupPrefixOf(change.model), change.id, change.onlyIfPresent === true ? '1' : ''];
    case 'revoke-grant':
      return ['R', minTombstoneMs];
    case 'put': {
      const { model, id, payload, grantId = '', lookup = '' } = change;
      const ttl = (change.expiresInSeconds + clockToleranceSeconds) * 1000;
      const value = formatRecord(
        { expiresAt: layout.now + ttl, version: newVersion(), grantId, lookup },
        payload,
      );
      const hangsOnStoredGrant = grantId !== '' && !layout.isPutHere(`${grantModel}:${grantId}`);
      const grantKey =
        model === grantModel
          ? position
          : hangsOnStoredGrant
            ? layout.extraKey(layout.keyOf(grantModel, grantId))
            : 0;
      const lookupKey = lookup === '' ? 0 : layout.extraKey(layout.lookupPrefixOf(model) + lookup);
      return [
        'P',
        ttl,
        value,
        change.expectedVersion ?? '',
        change.ifAbsent === true ? '1' : '',
        grantKey,
        lookupKey,
        id,
      ];
    }
  }
}

const digests = new Map([findScript, commitScript].map(script => [script, hash('sha1', script, 'hex')]));

async function evaluate(
  redis: RedisConnection,
  script: string,
  keys: string[],
  args: (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(digests.get(script) ?? '', keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return redis.eval(script, keys.length, ...keys, ...args);
  }
}
