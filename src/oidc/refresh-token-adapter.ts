import { type Adapter, errors, Provider } from 'oidc-provider';
import { type Clock, digest, keyedDigest, newSecret } from '../kernel/index.ts';
import { type ArtifactStore, type UnitOfWork, withArtifacts } from '../store/index.ts';
import { guard } from './guard.ts';

/**
 * A refresh token names its family and then says a secret. There is one record a family, with the digests of its
 * current secret and of the one before: what a rotation replaced leaves nothing behind, and still is known when
 * somebody brings it again, for nobody who was never given a token of this family can name it.
 */
interface Family {
  current: string;
  previous?: string;
  /** Milliseconds since the epoch. */
  rotatedAt?: number;
}

const model = 'RefreshToken';
/** 128 bits, base64url. */
const familyLength = 22;

const familyOf = (token: string) => digest(token.slice(0, familyLength));
const secretOf = (token: string) => digest(token.slice(familyLength));

/**
 * What a new refresh token is called. The successor of one that is rotated is a keyed hash of it, so that of any number
 * of requests that bring the same token each gets the same successor, in whichever process it arrives.
 */
export function nameRefreshTokens(provider: Provider, key: string): void {
  const { prototype } = provider.RefreshToken as unknown as { prototype: { generateTokenId(): string } };
  prototype.generateTokenId = () => {
    const rotated = tokenBeingRotated();
    return rotated === undefined
      ? newSecret(16) + newSecret()
      : rotated.slice(0, familyLength) + keyedDigest(key, 'refresh-token-successor', rotated);
  };
}

/**
 * Rotation decides single use by replacing the family's record: of any number of requests one does it. A client whose
 * answer got lost may ask again for `retrySeconds`, as long as the successor is unused, and gets that same successor;
 * the provider has compared client and key by then. Anything else is reuse: the provider ends the grant.
 */
export function refreshTokenAdapter(
  { store, clock }: { store: ArtifactStore; clock: Clock },
  retrySeconds: number,
): Partial<Adapter> {
  const run = <T>(work: (unit: UnitOfWork) => T | Promise<T>): Promise<T> =>
    guard(() => withArtifacts(store, work));

  return {
    find: token =>
      run(async unit => {
        const found = await unit.find(model, familyOf(token));
        if (found === undefined) return undefined;
        const { current, previous, rotatedAt, ...payload } = found.payload as unknown as Family;
        const secret = secretOf(token);
        if (secret === current) return { ...payload, jti: token };
        const now = clock.now();
        const isRetry =
          secret === previous && rotatedAt !== undefined && now - rotatedAt < retrySeconds * 1000;
        return {
          ...payload,
          jti: token,
          ...(isRetry ? {} : { consumed: Math.floor((rotatedAt ?? now) / 1000) }),
        };
      }),

    upsert: (token, saved, expiresInSeconds) =>
      run(async unit => {
        const { jti: _, kind: __, ...payload } = saved;
        const id = familyOf(token);
        const current = secretOf(token);
        const put = (family: Family) =>
          unit.put({
            kind: 'put',
            model,
            id,
            payload: { ...payload, ...family },
            expiresInSeconds: expiresInSeconds ?? 0,
            ...(payload.grantId === undefined ? {} : { grantId: digest(payload.grantId) }),
          });
        const rotated = tokenBeingRotated();
        if (rotated === undefined) return put({ current });
        const before = (await unit.find(model, id))?.payload as unknown as Family | undefined;
        // Its answer got lost: the family stays as it is.
        if (before?.current === current) return;
        if (before?.current !== secretOf(rotated)) throw new errors.InvalidGrant('already used');
        await put({ current, previous: before.current, rotatedAt: clock.now() });
      }),

    // What follows replaces the record, and that decides.
    consume: () => Promise.resolve(),

    destroy: token => run(unit => unit.destroy(model, familyOf(token))),

    revokeByGrantId: grantId => run(unit => unit.revokeGrant(digest(grantId))),
  };
}

function tokenBeingRotated(): string | undefined {
  return Provider.ctx?.oidc.entities.RotatedRefreshToken?.jti;
}
