import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { type Clock, digest, newSecret } from '../kernel/index.ts';
import {
  type Artifact,
  ArtifactConflictError,
  type ArtifactStore,
  type UnitOfWork,
  withArtifacts,
} from '../store/index.ts';
import { guard } from './guard.ts';

export interface ArtifactAdapterDeps {
  store: ArtifactStore;
  clock: Clock;
  /** In seconds: how long a grant is kept. */
  grantLifetime: number;
  /** By model: what is no artifact, or one of another make. */
  others: Readonly<Record<string, Partial<Adapter>>>;
}

/** Everything that hangs on a grant and dies with it. An interaction also names a grant, but must survive it. */
const grantable = new Set([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]);

/**
 * What is found by a second key (a session's uid, a device's user code) has no identifier we could give back, only the
 * hash of it. The provider gets a handle instead, whose prefix nobody outside this process can know: a hash from a
 * stolen copy of the store is worth nothing as a cookie or code.
 */
const handlePrefix = `${newSecret()}~`;

function handleFor(artifact: Artifact | undefined): string {
  return `${handlePrefix}${artifact?.id ?? ''}`;
}

function hashed(id: string): string {
  return id.startsWith(handlePrefix) ? id.slice(handlePrefix.length) : digest(id);
}

/** The provider's adapter factory (its `adapter` setting): one small object a model, all over one artifact store. */
export function createArtifactAdapter(deps: ArtifactAdapterDeps): (model: string) => Adapter {
  return model => {
    const other = deps.others[model];
    return other === undefined ? adapterFor(model, deps) : complete(other);
  };
}

function adapterFor(model: string, { store, clock, grantLifetime }: ArtifactAdapterDeps): Adapter {
  const run = <T>(work: (unit: UnitOfWork) => T | Promise<T>): Promise<T> =>
    guard(() => withArtifacts(store, work));

  return {
    find: id => run(async unit => toPayload(await unit.find(model, hashed(id)), id)),

    findByUid: uid =>
      run(async unit => {
        const found = await unit.findByLookup(model, digest(uid));
        return toPayload(found, handleFor(found));
      }),

    findByUserCode: userCode =>
      run(async unit => {
        const found = await unit.findByLookup(model, digest(userCode));
        const payload = toPayload(found, handleFor(found));
        return payload === undefined ? undefined : { ...payload, userCode };
      }),

    upsert: (id, payload, expiresIn) =>
      run(async unit => {
        const lookup = model === 'Session' ? payload.uid : payload.userCode;
        const hangsOn = grantable.has(model) ? payload.grantId : undefined;
        try {
          await unit.put({
            kind: 'put',
            model,
            id: hashed(id),
            payload: toStored(model, id, payload),
            expiresInSeconds: expiresIn ?? grantLifetime,
            ...(lookup === undefined ? {} : { lookup: digest(lookup) }),
            ...(hangsOn === undefined ? {} : { grantId: digest(hangsOn) }),
            ...(model === 'ReplayDetection' ? { ifAbsent: true } : {}),
          });
        } catch (error) {
          if (error instanceof ArtifactConflictError) throw new errors.InvalidGrant('already used');
          throw error;
        }
      }),

    consume: id => run(unit => unit.consume(model, hashed(id), clock.now())),

    // Resuming an interaction takes it away: of two parallel requests only one may get a code for it.
    destroy: id =>
      run(unit =>
        model === 'Grant'
          ? unit.revokeGrant(hashed(id))
          : unit.destroy(model, hashed(id), { onlyIfPresent: model === 'Interaction' }),
      ),

    revokeByGrantId: grantId => run(unit => unit.revokeGrant(digest(grantId))),
  };
}

/**
 * What is stored has no identifier in the clear: not its own, not a device's user code, and an interaction not those of
 * its session, its device and the request that was pushed for it.
 */
function toStored(model: string, id: string, payload: AdapterPayload): Record<string, unknown> {
  const { jti: _, userCode: __, ...stored } = payload as Record<string, unknown>;
  // The model says it already; and of what stays longest nobody asks since when it is there.
  delete stored['kind'];
  if (model === 'Session' || model === 'Grant') delete stored['iat'];
  // What the client sent, with secrets in it: the provider needs it once only, and then it is kept sealed elsewhere.
  if (model === 'BackchannelAuthenticationRequest') delete stored['params'];
  if (model !== 'Interaction') return stored;
  const { cookie: ___, ...session } = (stored['session'] ?? {}) as Record<string, unknown>;
  const { returnTo } = stored;
  return {
    ...stored,
    ...(stored['session'] === undefined ? {} : { session }),
    ...(typeof returnTo === 'string' ? { returnTo: returnTo.replace(id, ownId) } : {}),
    ...mapReferences(stored, hashed),
  };
}

/** Stands for an interaction's own identifier in the address it returns to. No address of ours has braces. */
const ownId = '{id}';

/** Identifiers of other artifacts that an interaction names. */
const references = ['deviceCode', 'parJti'];

function mapReferences(
  payload: Record<string, unknown>,
  change: (id: string) => string,
): Record<string, string> {
  const mapped = references.flatMap(name => {
    const id = payload[name];
    return typeof id === 'string' ? [[name, change(id)] as const] : [];
  });
  return Object.fromEntries(mapped);
}

function toPayload(artifact: Artifact | undefined, id: string): AdapterPayload | undefined {
  if (artifact === undefined) return undefined;
  const { returnTo } = artifact.payload;
  return {
    // Of a session a copy: the provider changes it in place, and merging needs to know what was read.
    ...(artifact.model === 'Session' ? structuredClone(artifact.payload) : artifact.payload),
    jti: id,
    ...(typeof returnTo === 'string' ? { returnTo: returnTo.replace(ownId, id) } : {}),
    ...mapReferences(artifact.payload, hash => handlePrefix + hash),
    ...(artifact.consumedAt === undefined ? {} : { consumed: Math.floor(artifact.consumedAt / 1000) }),
  };
}

/** The provider never does the rest with these. */
function complete(other: Partial<Adapter>): Adapter {
  const refuse = () => Promise.reject(new Error('the provider does not do that with this model'));
  return {
    find: refuse,
    upsert: refuse,
    destroy: refuse,
    consume: refuse,
    revokeByGrantId: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    ...other,
  };
}
