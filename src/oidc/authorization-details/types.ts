import { z } from 'zod';
import { type AuthorizationDetailsType, authorizationDetailsTypesRepository } from '../../clients/index.ts';
import type { Logger } from '../../log/index.ts';
import type { Database } from '../../store/index.ts';

export interface KnownType extends AuthorizationDetailsType {
  fields: z.ZodType;
}

export type KnownTypes = ReadonlyMap<string, KnownType>;

/** The types of authorization details that are registered now. */
export interface AuthorizationDetailsTypes {
  current(): KnownTypes;
  /** Called when there are others, at once. */
  onChange(listener: () => void): void;
  close(): void;
}

/** Everybody follows within five seconds, a slow database included. */
const lookEveryMs = 2_000;

/** Follows what any process registers. The provider has to know the types when it is made. */
export async function openAuthorizationDetailsTypes({
  database,
  log,
}: {
  database: Pick<Database, 'pool'>;
  log: Logger;
}): Promise<AuthorizationDetailsTypes> {
  const repository = authorizationDetailsTypesRepository(database);
  const listeners: (() => void)[] = [];
  let seen: string | undefined;
  let current: KnownTypes = new Map();

  async function look(): Promise<void> {
    const listed = await repository.list();
    const latest = JSON.stringify(listed);
    if (latest === seen) return;
    seen = latest;
    current = new Map(listed.map(type => [type.type, { ...type, fields: z.fromJSONSchema(closed(type)) }]));
    for (const listener of listeners) listener();
  }

  await look();
  const looking = setInterval(() => {
    look().catch((err: unknown) =>
      log.warn({ err, event: 'authorization_details.unchanged' }, 'the types of details were not read'),
    );
  }, lookEveryMs);
  looking.unref();
  return {
    current: () => current,
    onChange: listener => void listeners.push(listener),
    close: () => clearInterval(looking),
  };
}

/** What the type does not name is refused (RFC 9396 section 5). */
function closed({ schema }: AuthorizationDetailsType): AuthorizationDetailsType['schema'] {
  return { additionalProperties: false, ...schema };
}
