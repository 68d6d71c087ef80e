import type { Client, Provider } from 'oidc-provider';
import { clientsRepository } from '../clients/index.ts';
import { type Clock, digest, sameSecret } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { digestPrefix } from './client-adapter.ts';
import { isClientDocument } from './client-documents.ts';
import { guard } from './guard.ts';

interface Entry {
  client: Client;
  version: number;
  checkedAt: number;
}

/** A change made by another process counts here after this long at the latest. */
const recheckAfterMs = 3_000;
const maxEntries = 10_000;

/**
 * The provider fetches the keys of a `jwks_uri` again when a signature fits none that it has, and otherwise keeps them for
 * ever. A key that its owner took away, as it was stolen perhaps, would go on until the next one is used.
 */
const oldestFetchedKeysMs = 60 * 60 * 1000;

/**
 * The provider asks for the client several times a request and rebuilds it from metadata each time its small cache
 * misses. This keeps the built client as long as its version in the database stays the same.
 */
export function cacheClients(
  provider: Provider,
  deps: { database: Pick<Database, 'pool'>; clock: Clock; clientDocumentHosts: readonly string[] },
): void {
  const repository = clientsRepository(deps.database);
  const entries = new Map<string, Entry>();
  const build = provider.Client.find.bind(provider.Client);

  provider.Client.find = async clientId => {
    if (typeof clientId !== 'string' || clientId === '') return undefined;
    const entry = entries.get(clientId);
    const now = deps.clock.now();
    if (entry !== undefined && Math.abs(now - entry.checkedAt) < recheckAfterMs) return entry.client;

    const version = await guard(() => repository.findVersion(clientId));
    if (version !== undefined && entry?.version === version) {
      entry.checkedAt = now;
      forgetOldKeys(entry.client, now);
      return entry.client;
    }
    entries.delete(clientId);
    // The provider remembers those itself.
    if (version === undefined && isClientDocument(clientId, deps.clientDocumentHosts)) {
      const described = await build(clientId);
      if (described !== undefined) forgetOldKeys(described, now);
      return described;
    }
    if (version === undefined) return undefined;
    const client = await build(clientId);
    if (client !== undefined) {
      if (entries.size >= maxEntries) entries.delete(entries.keys().next().value ?? '');
      entries.set(clientId, { client, version, checkedAt: now });
    }
    return client;
  };

  // What a client changed about itself counts here at once.
  const events = provider as unknown as {
    on(event: string, listener: (ctx: unknown, client: Client) => void): void;
  };
  for (const event of ['registration_update.success', 'registration_delete.success']) {
    events.on(event, (_ctx, { clientId }) => void entries.delete(clientId));
  }

  // Of most secrets there is only the digest: what the client sends is digested before it is compared.
  provider.Client.prototype.compareClientSecret = function compareClientSecret(this: Client, actual: string) {
    const { clientSecret = '' } = this;
    return clientSecret.startsWith(digestPrefix)
      ? sameSecret(digestPrefix + digest(actual), clientSecret)
      : sameSecret(actual, clientSecret);
  };
}

interface FetchedKeys {
  /** Seconds; nothing before the first fetch. */
  freshUntil?: number;
  clear(): void;
}

function forgetOldKeys(client: Client, now: number): void {
  if (client.jwksUri === undefined) return;
  const keys = client['asymmetricKeyStore'] as FetchedKeys;
  if (keys.freshUntil !== undefined && keys.freshUntil * 1000 + oldestFetchedKeysMs <= now) keys.clear();
}
