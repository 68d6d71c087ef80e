import type { ArtifactStore } from '../../store/index.ts';

export interface OpenSession {
  /** As the record of sessions knows it: digest of the uid. */
  recordId: string;
  /** As the store knows it. */
  id: string;
  /** `persistsLogout`: the app was allowed to go on without anybody there (`offline_access`). */
  authorizations: Record<string, { sid?: string; grantId?: string; persistsLogout?: boolean }>;
}

/** @returns undefined where it is over, whatever the record says */
export async function findSession(
  artifacts: ArtifactStore,
  recordId: string,
): Promise<OpenSession | undefined> {
  const found = await artifacts.findByLookup('Session', recordId);
  if (found === undefined) return undefined;
  const authorizations = (found.payload['authorizations'] ?? {}) as OpenSession['authorizations'];
  return { recordId, id: found.id, authorizations };
}

export function grantsOfSession({ authorizations }: OpenSession): string[] {
  return Object.values(authorizations).flatMap(({ grantId }) => grantId ?? []);
}

/** Those that end with a session when it ends by itself: who was allowed to go on without it does. */
export function grantsOnlyOfSession({ authorizations }: OpenSession): string[] {
  return Object.values(authorizations).flatMap(({ grantId, persistsLogout }) =>
    grantId === undefined || persistsLogout === true ? [] : grantId,
  );
}

/** The apps that somebody is signed in to in one browser; undefined where they are not signed in there any more. */
export async function clientsOfSession(
  artifacts: ArtifactStore,
  recordId: string,
): Promise<string[] | undefined> {
  const session = await findSession(artifacts, recordId);
  return session && Object.keys(session.authorizations);
}
