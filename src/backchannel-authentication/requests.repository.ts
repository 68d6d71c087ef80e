import { type Clock, dateOf, newId } from '../kernel/index.ts';
import type { Database, Sealer } from '../store/index.ts';

export type Decision = 'approved' | 'denied';

/** What only the client and we know: how it asks for the outcome, and what shows it that the notification is ours. */
interface Secrets {
  authReqId: string;
  notificationToken: string | undefined;
}

/** RFC 9396 section 2; what else is in it depends on its type. */
interface Detail {
  type: string;
  [field: string]: unknown;
}

export interface NewBackchannelRequest {
  clientId: string;
  accountId: string;
  scope: string;
  resources: readonly string[];
  /** Separated by spaces. */
  acrValues: string;
  bindingMessage: string | undefined;
  authorizationDetails: readonly Detail[] | undefined;
  secrets: Secrets;
  lifetimeSeconds: number;
}

export interface BackchannelRequest {
  id: string;
  clientId: string;
  accountId: string;
  /** Scopes separated by spaces. */
  scope: string;
  resources: string[];
  /** Separated by spaces. */
  acrValues: string;
  bindingMessage: string | null;
  authorizationDetails: Detail[] | undefined;
  createdAt: Date;
  expiresAt: Date;
}

interface Deps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
}

const bindingOf = (id: string) => `backchannel-request/${id}`;
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const dayMs = 24 * 60 * 60 * 1000;

const visible = {
  id: true,
  clientId: true,
  accountId: true,
  scope: true,
  resources: true,
  acrValues: true,
  bindingMessage: true,
  authorizationDetails: true,
  createdAt: true,
  expiresAt: true,
} as const;

export function backchannelRequests({ database, clock, sealer }: Deps) {
  const { backchannelRequest } = database.prisma;
  const undecided = () => ({ decision: null, expiresAt: { gt: dateOf(clock) } });
  return {
    /** Also forgets those that are over since yesterday. @returns its id */
    async add(request: NewBackchannelRequest) {
      const { secrets, lifetimeSeconds, resources, bindingMessage, authorizationDetails, ...rest } = request;
      const id = newId();
      const now = clock.now();
      await backchannelRequest.deleteMany({ where: { expiresAt: { lt: new Date(now - dayMs) } } });
      await backchannelRequest.create({
        data: {
          id,
          ...rest,
          resources: [...resources],
          bindingMessage: bindingMessage ?? null,
          ...(authorizationDetails === undefined
            ? {}
            : { authorizationDetails: authorizationDetails as object[] }),
          sealedSecrets: await sealer.seal(JSON.stringify(secrets), bindingOf(id)),
          createdAt: new Date(now),
          expiresAt: new Date(now + lifetimeSeconds * 1000),
        },
      });
      return id;
    },

    /** @returns undefined for what is unknown, over or decided */
    async find(id: string): Promise<BackchannelRequest | undefined> {
      if (!uuid.test(id)) return undefined;
      const found = await backchannelRequest.findFirst({ where: { id, ...undecided() }, select: visible });
      return found === null ? undefined : requestOf(found);
    },

    /** The oldest first, up to 100. */
    async list(): Promise<BackchannelRequest[]> {
      const found = await backchannelRequest.findMany({
        where: undecided(),
        select: visible,
        orderBy: { id: 'asc' },
        take: 100,
      });
      return found.map(requestOf);
    },

    /** Of any number of decisions the first counts. @returns what the client is told with, to that one only */
    async decide(id: string, decision: Decision): Promise<Secrets | undefined> {
      if (!uuid.test(id)) return undefined;
      const { count } = await backchannelRequest.updateMany({
        where: { id, ...undecided() },
        data: { decision },
      });
      if (count === 0) return undefined;
      const { sealedSecrets } = await backchannelRequest.findUniqueOrThrow({ where: { id } });
      return JSON.parse(await sealer.open(sealedSecrets, bindingOf(id))) as Secrets;
    },
  };
}

type Found = Omit<BackchannelRequest, 'authorizationDetails'> & { authorizationDetails: unknown };

function requestOf({ authorizationDetails, ...rest }: Found): BackchannelRequest {
  return { ...rest, authorizationDetails: (authorizationDetails as Detail[] | null) ?? undefined };
}
