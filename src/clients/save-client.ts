import { type Clock, dateOf, digest } from '../kernel/index.ts';
import type { Transaction } from '../store/index.ts';
import type { ClientMetadata, ResourceServer } from './client-record.ts';

interface Deps {
  transaction: Transaction;
  clock: Clock;
}

/** Adds a client, or replaces its metadata and secret. Every process sees the change within seconds, by its version. */
export async function saveClient(
  { transaction, clock }: Deps,
  { metadata, secret }: { metadata: ClientMetadata; secret: string | undefined },
): Promise<void> {
  const now = dateOf(clock);
  const values = {
    metadata: metadata as object,
    secretHash: secret === undefined ? null : digest(secret),
    updatedAt: now,
  };
  await transaction.client.upsert({
    where: { id: metadata.client_id },
    create: { id: metadata.client_id, createdAt: now, ...values },
    update: { ...values, version: { increment: 1 } },
  });
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
