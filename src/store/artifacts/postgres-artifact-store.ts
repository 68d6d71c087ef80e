import type { Clock } from '../../kernel/index.ts';
import type { Statements } from '../database.ts';
import {
  type Artifact,
  type ArtifactStore,
  type Change,
  type Conflict,
  clockToleranceSeconds,
  type FoundArtifact,
  grantModel,
} from './artifact-store.ts';
import { newVersion } from './new-version.ts';

export interface PostgresArtifactStoreOptions {
  pool: Statements;
  clock: Clock;
}

interface Row {
  id: string;
  payload: string;
  consumedAt: Date | null;
  version: string;
  grantId: string | null;
  grantPayload: string | null;
  grantVersion: string | null;
}

const select = `
  SELECT a.id, a.payload, a.consumed_at AS "consumedAt", a.version, a.grant_id AS "grantId",
    g.payload AS "grantPayload", g.version AS "grantVersion"
  FROM artifact a
  LEFT JOIN artifact g ON g.model = '${grantModel}' AND g.id = a.grant_id AND g.revoked_at IS NULL AND g.expires_at > $3
  WHERE a.model = $1 AND a.expires_at > $3 AND a.revoked_at IS NULL`;

/** One page of a walk over all: its last record, and how many were removed. */
interface Page {
  model: string;
  id: string;
  removed: number;
}

const pageLength = 5_000;

const removeNaming = `
  WITH page AS (
    SELECT model, id, payload FROM artifact WHERE (model, id) > ($2, $3) ORDER BY model, id LIMIT $4
  ), removed AS (
    DELETE FROM artifact a USING page p WHERE a.model = p.model AND a.id = p.id
      AND EXISTS (SELECT 1 FROM unnest($1::text[]) AS value WHERE position(value IN p.payload) > 0)
    RETURNING 1
  )
  SELECT model, id, (SELECT count(*)::int FROM removed) AS removed FROM page ORDER BY model DESC, id DESC LIMIT 1`;

const tombstoneSeconds = 24 * 60 * 60;

/** The embedded default: everything in PostgreSQL, for one small installation or for trying the product. */
export function createPostgresArtifactStore({ pool, clock }: PostgresArtifactStoreOptions): ArtifactStore {
  const now = () => new Date(clock.now());

  async function read(
    model: string,
    name: string,
    condition: string,
    value: string,
  ): Promise<FoundArtifact | undefined> {
    const { rows } = await pool.query<Row>({
      name,
      text: `${select} AND ${condition} LIMIT 1`,
      values: [model, value, now()],
    });
    return rows[0] && toArtifact(model, rows[0]);
  }

  return {
    find: (model, id) => read(model, 'artifact-by-id', 'a.id = $2', id),
    findByLookup: (model, lookup) => read(model, 'artifact-by-lookup', 'a.lookup = $2', lookup),

    async commit(changes) {
      if (changes.length === 0) return undefined;
      try {
        await pool.query({
          name: 'artifact-commit',
          text: 'SELECT artifact_commit($1::jsonb, $2::timestamptz)',
          values: [JSON.stringify(inLockOrder(changes)), now()],
        });
        return undefined;
      } catch (error) {
        const conflict = conflictOf(error);
        if (conflict === undefined) throw error;
        return conflict;
      }
    },

    async reapExpired(limit) {
      const { rowCount } = await pool.query({
        name: 'artifact-reap',
        text: `DELETE FROM artifact WHERE (model, id) IN
                 (SELECT model, id FROM artifact WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        values: [now(), limit],
      });
      return rowCount ?? 0;
    },

    async removeNaming(texts) {
      const values = texts.map(text => JSON.stringify(text));
      let removed = 0;
      let last: Page | undefined = { model: '', id: '', removed: 0 };
      while (last !== undefined) {
        const { rows }: { rows: Page[] } = await pool.query<Page>({
          name: 'artifact-remove-naming',
          text: removeNaming,
          values: [values, last.model, last.id, pageLength],
        });
        [last] = rows;
        removed += last?.removed ?? 0;
      }
      return removed;
    },

    async ping() {
      await pool.query({ text: 'SELECT 1' });
    },
    // The pool belongs to the database.
    close: () => Promise.resolve(),
  };
}

function toArtifact(model: string, row: Row): FoundArtifact | undefined {
  const artifact: Artifact = {
    model,
    id: row.id,
    payload: JSON.parse(row.payload) as Record<string, unknown>,
    consumedAt: row.consumedAt?.getTime(),
    version: row.version,
  };
  if (row.grantId === null) return { ...artifact, grant: undefined };
  if (row.grantPayload === null || row.grantVersion === null) return undefined;
  const payload = JSON.parse(row.grantPayload) as Record<string, unknown>;
  return {
    ...artifact,
    grant: { model: grantModel, id: row.grantId, payload, consumedAt: undefined, version: row.grantVersion },
  };
}

/**
 * Sessions, then grants, then what hangs on a grant (putting it locks the grant first), then the rest, and each of these
 * by its id: the same for everybody, so that no two commits wait for each other.
 */
function lockKey(change: Change): string {
  if (change.kind === 'revoke-grant') return `1 ${change.id}`;
  const { model, id } = change;
  if (model === 'Session') return `0 ${id}`;
  if (model === grantModel) return `1 ${id}`;
  const grantId = change.kind === 'put' ? change.grantId : undefined;
  return grantId === undefined ? `3 ${model} ${id}` : `2 ${grantId} ${model} ${id}`;
}

/** By code units: `localeCompare` could differ from process to process. */
function byLockKey(left: { key: string }, right: { key: string }): number {
  if (left.key === right.key) return 0;
  return left.key < right.key ? -1 : 1;
}

function inLockOrder(changes: readonly Change[]): object[] {
  const grantsPutHere = new Set(
    changes.filter(change => change.kind === 'put' && change.model === grantModel).map(change => change.id),
  );
  return changes
    .map((change, index) => ({ change, index, key: lockKey(change) }))
    .toSorted(byLockKey)
    .map(({ change, index }) => ({
      ...change,
      index,
      version: newVersion(),
      ...extraFields(change, grantsPutHere),
    }));
}

function extraFields(change: Change, grantsPutHere: ReadonlySet<string>): object {
  if (change.kind === 'revoke-grant') return { ttl: tombstoneSeconds };
  if (change.kind !== 'put') return {};
  return {
    payload: JSON.stringify(change.payload),
    ttl: change.expiresInSeconds + clockToleranceSeconds,
    ...(change.grantId !== undefined && grantsPutHere.has(change.grantId) ? { putsGrant: true } : {}),
  };
}

function conflictOf(error: unknown): Conflict | undefined {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== 'GH001') return undefined;
  const [reason, index] = (message ?? '').split(':');
  return { reason: reason as Conflict['reason'], index: Number(index) };
}
