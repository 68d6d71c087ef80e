import { newId, newSecret } from '../kernel/index.ts';
import type { Sealer } from '../store/index.ts';
import type { KeyKind, PrivateKeys } from './key-record.ts';
import type { StoredKey } from './keys.repository.ts';

/** A sealed key says to which row it belongs, and opens in no other. */
export function bindingOf(id: string): string {
  return `key/${id}`;
}

/** A new key of this kind, sealed. */
export async function makeKey(
  { sealer, privateKeys }: { sealer: Sealer; privateKeys: PrivateKeys },
  kind: KeyKind,
  times: { createdAt: Date; activatesAt: Date },
): Promise<StoredKey> {
  const { kid: id, kept } =
    kind.purpose === 'signing' ? await privateKeys.make(kind.algorithm) : { kid: newId(), kept: newSecret() };
  return {
    id,
    purpose: kind.purpose,
    algorithm: kind.algorithm,
    sealedKey: await sealer.seal(kept, bindingOf(id)),
    ...times,
    retiresAt: null,
    forgottenAt: null,
  };
}
