import { hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, unavailable } from '../../kernel/index.ts';
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

  async function read(model: string, id: string): Promise<FoundArtifact | undefined> {
    const now = clock.now();
    const grantPrefix = model === grantModel ? '' : keyOf(grantModel, '');
    const found = (await evaluate(redis, findScript, [keyOf(model, id)], [grantPrefix])) as
      | (string | null)[]
      | null;
    const value = found?.[0];
    if (found === null || value === null || value === undefined) return undefined;
    const artifact = parseRecord(model, id, value, now);
    if (artifact === undefined) return undefined;
    const { grantId, ...record } = artifact;
    if (grantId === '') return { ...record, grant: undefined };
    const grant = typeof found[1] === 'string' ? parseRecord(grantModel, grantId, found[1], now) : undefined;
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
        const now = clock.now();
        const keys = changes.map(change =>
          keyOf(change.kind === 'revoke-grant' ? grantModel : change.model, change.id),
        );
        const put = new Set(changes.filter(isPut).map(change => `${change.model}:${change.id}`));
        const args: (string | number)[] = [changes.length, now];
        const extraKey = (key: string) => keys.push(key);
        changes.forEach((change, index) => {
          const fields = fieldsOf(change, index + 1, {
            now,
            extraKey,
            keyOf,
            lookupPrefixOf,
            isPutHere: id => put.has(id),
          });
          args.push(...fields, ...Array<string>(8 - fields.length).fill(''));
        });
        const conflict = (await evaluate(redis, commitScript, keys, args)) as
          | [Conflict['reason'], number]
          | null;
        return conflict === null ? undefined : { reason: conflict[0], index: conflict[1] - 1 };
      }),

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

function isPut(change: Change): change is Put {
  return change.kind === 'put';
}

interface Layout {
  now: number;
  extraKey: (key: string) => number;
  keyOf: (model: string, id: string) => string;
  lookupPrefixOf: (model: string) => string;
  isPutHere: (modelAndId: string) => boolean;
}

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
