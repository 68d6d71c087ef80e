import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { type Clock, dateOf, newId, newSecret, StartupError } from '../kernel/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import { type KeySet, type SigningAlgorithm, signingAlgorithms } from './key-record.ts';
import { keysRepository, type StoredKey } from './keys.repository.ts';
import { createLocalSigningKey } from './local-signing-key.ts';

type PrivateJwk = JWK & { kid: string };

export interface KeysDeps {
  database: Database;
  sealer: Sealer;
  clock: Clock;
}

/**
 * The keys in the database, made first if there are none. Private parts are sealed at rest and bound to their row.
 * @throws StartupError when a key cannot be opened with the encryption keys given
 */
export async function loadKeys(deps: KeysDeps): Promise<KeySet> {
  const repository = keysRepository(deps.database);
  await repository.addIfNone(() => makeFirstKeys(deps));
  const rows = (await repository.list()).filter(row => row.status === 'active');
  const keys: KeySet = { signing: [], cookie: [] };
  for (const row of rows) {
    const opened = await open(deps.sealer, row);
    if (row.purpose === 'cookie') keys.cookie.unshift(opened);
    else
      keys.signing.push(
        createLocalSigningKey(row.algorithm as SigningAlgorithm, JSON.parse(opened) as PrivateJwk),
      );
  }
  return keys;
}

async function open(sealer: Sealer, row: StoredKey): Promise<string> {
  try {
    return await sealer.open(row.sealedKey, bindingOf(row.id));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartupError(
      `The key ${row.id} in the database cannot be decrypted: ${why}. ENCRYPTION_KEYS must contain the key that encrypted it.`,
      cause,
    );
  }
}

function bindingOf(id: string): string {
  return `key/${id}`;
}

async function makeFirstKeys({ sealer, clock }: KeysDeps): Promise<StoredKey[]> {
  const createdAt = dateOf(clock);
  const seal = async (
    id: string,
    purpose: string,
    algorithm: string,
    secret: string,
  ): Promise<StoredKey> => ({
    id,
    purpose,
    status: 'active',
    algorithm,
    sealedKey: await sealer.seal(secret, bindingOf(id)),
    createdAt,
  });
  const signing = signingAlgorithms.map(async algorithm => {
    const { privateKey } = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });
    const jwk = await exportJWK(privateKey);
    const kid = await calculateJwkThumbprint(jwk);
    return seal(kid, 'signing', algorithm, JSON.stringify({ ...jwk, kid, alg: algorithm, use: 'sig' }));
  });
  return Promise.all([...signing, seal(newId(), 'cookie', 'HS256', newSecret())]);
}
