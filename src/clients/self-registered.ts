import { type Clock, dateOf, digest } from '../kernel/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import type { ClientMetadata } from './client-record.ts';
import { useInitialAccessToken } from './registration.ts';

interface Deps {
  database: Database;
  clock: Clock;
  /** It has to be able to show a client its secret again (RFC 7592 section 2.1). */
  sealer: Sealer;
}

/** A sealed secret says to which client it belongs, and opens for no other. */
export function bindingOfClient(clientId: string): string {
  return `client/${clientId}`;
}

export interface Registration {
  metadata: ClientMetadata;
  secret: string | undefined;
  /** Undefined where registration is open to anybody. */
  initialAccessToken: string | undefined;
}

/** A client as it registered itself. @returns false when the initial access token is used up */
export async function addSelfRegistered(deps: Deps, registration: Registration): Promise<boolean> {
  const { database, clock } = deps;
  const { initialAccessToken } = registration;
  const id = registration.metadata.client_id;
  const values = await valuesOf(deps, registration);
  return database.prisma.$transaction(async transaction => {
    if (initialAccessToken !== undefined) {
      if (!(await useInitialAccessToken({ transaction, clock }, initialAccessToken))) return false;
    }
    await transaction.client.create({
      data: { id, isSelfRegistered: true, createdAt: values.updatedAt, ...values },
    });
    return true;
  });
}

/** What a client changed about itself. Every process follows within seconds, by the version. */
export async function updateSelfRegistered(
  deps: Deps,
  registration: Omit<Registration, 'initialAccessToken'>,
): Promise<void> {
  await deps.database.prisma.client.updateMany({
    where: { id: registration.metadata.client_id, isSelfRegistered: true },
    data: { ...(await valuesOf(deps, registration)), version: { increment: 1 } },
  });
}

async function valuesOf(
  { clock, sealer }: Deps,
  { metadata, secret }: Omit<Registration, 'initialAccessToken'>,
) {
  return {
    metadata: metadata as object,
    sealedSecret:
      secret === undefined ? null : await sealer.seal(secret, bindingOfClient(metadata.client_id)),
    updatedAt: dateOf(clock),
  };
}

export async function removeSelfRegistered({ database }: Pick<Deps, 'database'>, id: string): Promise<void> {
  await database.prisma.client.deleteMany({ where: { id, isSelfRegistered: true } });
}

/** The token with which a client manages itself (RFC 7592) lives as long as the client, beside it. */
export function registrationTokens({ database }: Pick<Deps, 'database'>) {
  return {
    async set(clientId: string, token: string): Promise<void> {
      await database.prisma.client.updateMany({
        where: { id: clientId, isSelfRegistered: true },
        data: { registrationTokenHash: digest(token) },
      });
    },
    async find(token: string): Promise<string | undefined> {
      const client = await database.prisma.client.findUnique({
        where: { registrationTokenHash: digest(token), isEnabled: true },
        select: { id: true },
      });
      return client?.id;
    },
    async remove(token: string): Promise<void> {
      await database.prisma.client.updateMany({
        where: { registrationTokenHash: digest(token) },
        data: { registrationTokenHash: null },
      });
    },
  };
}

/** Seals every secret again with the first key of the ring, so that the others can leave it. @returns how many */
export async function resealClientSecrets({ database, sealer }: Omit<Deps, 'clock'>): Promise<number> {
  const clients = await database.prisma.client.findMany({
    where: { sealedSecret: { not: null } },
    select: { id: true, sealedSecret: true },
  });
  const stale = clients.flatMap(({ id, sealedSecret }) =>
    sealedSecret === null || sealer.isCurrent(sealedSecret) ? [] : [{ id, sealedSecret }],
  );
  for (const { id, sealedSecret } of stale) {
    const secret = await sealer.open(sealedSecret, bindingOfClient(id));
    // Only what was read: the client may have been given another secret meanwhile.
    await database.prisma.client.updateMany({
      where: { id, sealedSecret },
      data: { sealedSecret: await sealer.seal(secret, bindingOfClient(id)) },
    });
  }
  return stale.length;
}
