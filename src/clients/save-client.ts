import { z } from 'zod';
import { type Clock, dateOf, digest } from '../kernel/index.ts';
import type { Sealer, Transaction } from '../store/index.ts';
import type { AuthorizationDetailsType, ClientMetadata, ResourceServer } from './client-record.ts';
import { withProfile } from './profiles.ts';
import { bindingOfClient } from './self-registered.ts';

interface Deps {
  transaction: Transaction;
  clock: Clock;
}

/**
 * Adds a client, or replaces its metadata and secret. Every process sees the change within seconds, by its version.
 * @throws ProfileContradiction
 */
export async function saveClient(
  { transaction, clock, sealer }: Deps & { sealer: Sealer },
  { metadata, secret }: { metadata: ClientMetadata; secret: string | undefined },
): Promise<void> {
  const id = metadata.client_id;
  const now = dateOf(clock);
  const complete = withProfile(metadata);
  const isKey = secret !== undefined && usesSecretAsKey(complete);
  const values = {
    metadata: metadata as object,
    secretHash: secret === undefined || isKey ? null : digest(secret),
    sealedSecret: isKey ? await sealer.seal(secret, bindingOfClient(id)) : null,
    updatedAt: now,
  };
  await transaction.client.upsert({
    where: { id },
    create: { id, createdAt: now, ...values },
    update: { ...values, version: { increment: 1 } },
  });
}

/** A digest is enough to compare a secret with, but nothing can be signed with it. */
function usesSecretAsKey(metadata: ClientMetadata): boolean {
  if (metadata['token_endpoint_auth_method'] === 'client_secret_jwt') return true;
  return Object.entries(metadata).some(
    ([name, value]) => name.endsWith('_alg') && typeof value === 'string' && value.startsWith('HS'),
  );
}

export async function saveResourceServer(
  { transaction, clock }: Deps,
  server: ResourceServer,
): Promise<void> {
  const now = dateOf(clock);
  await transaction.resourceServer.upsert({
    where: { identifier: server.identifier },
    create: { ...server, createdAt: now, updatedAt: now },
    update: { ...server, updatedAt: now },
  });
}

/**
 * Every process offers it within seconds.
 * @throws Error where the schema is none, or says something that would not be checked
 */
export async function saveAuthorizationDetailsType(
  { transaction, clock }: Deps,
  { type, resourceServer, name, schema }: AuthorizationDetailsType,
): Promise<void> {
  z.fromJSONSchema(schema);
  const now = dateOf(clock);
  const values = { resourceServerIdentifier: resourceServer, name, schema: schema as object, updatedAt: now };
  await transaction.authorizationDetailsType.upsert({
    where: { type },
    create: { type, createdAt: now, ...values },
    update: values,
  });
}
