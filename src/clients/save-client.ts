import { z } from 'zod';
import { AppError, type Clock, dateOf, digest } from '../kernel/index.ts';
import type { Sealer, Transaction } from '../store/index.ts';
import {
  type AuthorizationDetailsType,
  accessTokenAlgorithms,
  accessTokenFormats,
  type ClientMetadata,
  longestAccessTokenSeconds,
  type ResourceServer,
} from './client-record.ts';
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

/** @throws AppError `validation_failed` where tokens as the record says could not be made, or not be verified to their end */
export async function saveResourceServer(
  { transaction, clock }: Deps,
  server: ResourceServer,
): Promise<void> {
  assertCanBeIssued(server);
  const now = dateOf(clock);
  const values = { ...server, tokenClaims: server.tokenClaims ?? [] };
  await transaction.resourceServer.upsert({
    where: { identifier: server.identifier },
    create: { ...values, createdAt: now, updatedAt: now },
    update: { ...values, updatedAt: now },
  });
}

function assertCanBeIssued(server: ResourceServer): void {
  const { identifier, accessTokenFormat, accessTokenSigningAlg, accessTokenLifetimeSeconds } = server;
  const refuse = (why: string) => {
    throw new AppError('validation_failed', `The resource server ${identifier} is not saved: ${why}.`);
  };
  if (!URL.canParse(identifier) || identifier.includes('#')) {
    refuse('its identifier must be an absolute URI without a fragment (RFC 8707 section 2)');
  }
  const isOneOf = (known: readonly string[], value: string) => known.includes(value);
  if (!isOneOf(accessTokenFormats, accessTokenFormat)) {
    refuse(`the format of its access tokens must be ${accessTokenFormats.join(' or ')}`);
  }
  if (!isOneOf(accessTokenAlgorithms, accessTokenSigningAlg)) {
    refuse(`the algorithm of its access tokens must be one of ${accessTokenAlgorithms.join(', ')}`);
  }
  const seconds = accessTokenLifetimeSeconds;
  if (!Number.isSafeInteger(seconds) || seconds < 1 || seconds > longestAccessTokenSeconds) {
    refuse(
      `its access tokens must live a whole number of seconds, ${longestAccessTokenSeconds} (a day) at most`,
    );
  }
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
