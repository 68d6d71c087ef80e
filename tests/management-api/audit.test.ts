import { compactVerify, createLocalJWKSet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { extendLog, recordEvent } from '../../src/audit/index.ts';
import { isConsistent, rootByInclusion } from '../support/merkle-proofs.ts';
import { runSql } from '../support/services.ts';
import { issuer, nowSeconds, startApi, type TestApi, tool } from './start-api.ts';

const clock = { now: () => nowSeconds * 1000 };
const size = 45;

type InclusionProof = Parameters<typeof rootByInclusion>[0];
type ConsistencyProof = Parameters<typeof isConsistent>[0];

/** What any of the answers has. */
interface Answer extends InclusionProof, ConsistencyProof {
  data: { id: string; type: string; subject: string | null }[];
  next_cursor: string | null;
}

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startApi();
  token = await api.token({ sub: api.ownerId, client_id: tool, scope: 'audit:read' });
});
afterAll(() => api.close());

const get = async (path: string): Promise<{ status: number; body: Answer }> => {
  const response = await api.get(`/api/v1/audit/${path}`, token);
  return { status: response.status, body: (await response.json()) as Answer };
};

/** One at a time, so that there is a checkpoint of every size. @returns the root at each size */
async function happen(count: number): Promise<Map<number, string>> {
  const roots = new Map<number, string>();
  const { database, sealer, keys } = api;
  const [signer] = keys.current().signing;
  if (signer === undefined) throw new Error('there is no key');
  for (let each = 0; each < count; each += 1) {
    const event = {
      type: each % 3 === 0 ? 'avatar.changed' : 'email.proven',
      accountId: api.memberId,
    } as const;
    await database.prisma.$transaction(transaction => recordEvent(transaction, { clock, sealer }, event));
    await extendLog({
      database,
      clock,
      issuer,
      signer: () => signer,
      witness: async signature => {
        const jwks = createLocalJWKSet({ keys: [signer.publicJwk] });
        const { payload } = await compactVerify(signature, jwks);
        const said = JSON.parse(new TextDecoder().decode(payload)) as { size: number; root: string };
        roots.set(said.size, said.root);
      },
    });
  }
  return roots;
}

describe('the record of events', () => {
  let roots: Map<number, string>;
  beforeAll(async () => {
    expect((await get('checkpoint')).status).toBe(404);
    roots = await happen(size);
  });

  test('is read a page at a time, the latest first, each event once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body }: { body: Answer } = await get(`events?limit=20${query}`);
      seen.push(...body.data.map(({ id }) => id));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(size);
    expect(seen).toEqual([...new Set(seen)].toSorted().toReversed());
  });

  test('is filtered by type, account and time; what is personal is not in it', async () => {
    const ofType = await get('events?type=avatar.changed&limit=200');
    expect(ofType.body.data).toHaveLength(15);
    const about = await get(`events?account_id=${api.memberId}&limit=200`);
    expect(about.body.data).toHaveLength(size);
    expect(JSON.stringify(about.body)).not.toMatch(/sealed|lantern\.example|Grace/);
    expect(about.body.data[0]?.subject).not.toBe(api.memberId);
    const ofNobody = await get('events?account_id=0193a1b2-0000-7000-8000-00000000dead');
    expect(ofNobody.body.data).toEqual([]);
    const later = await get('events?since=2030-01-01T00:00:00Z');
    expect(later.body.data).toEqual([]);
    const before = await get('events?until=2030-01-01T00:00:00Z&outcome=success&limit=1');
    expect(before.body.data).toHaveLength(1);
  });

  test.each(['limit=0', 'limit=201', 'limit=x', 'cursor=x', 'type=nothing', 'since=yesterday', 'sealed=1'])(
    'what is asked wrongly is said: %s',
    async query => {
      expect((await get(`events?${query}`)).status).toBe(422);
    },
  );

  test('every event is proved to be in it, and nothing else is', async () => {
    const { body } = await get('events?limit=200');
    for (const { id } of body.data) {
      const { body: proof } = await get(`events/${id}/inclusion-proof`);
      expect(proof.size).toBe(size);
      expect(proof.path.length).toBeLessThanOrEqual(6);
      expect(rootByInclusion(proof)).toBe(roots.get(size));
      expect(rootByInclusion({ ...proof, number: (proof.number + 1) % size })).not.toBe(roots.get(size));
    }
    expect((await get('events/0193a1b2-0000-7000-8000-00000000dead/inclusion-proof')).status).toBe(404);
  });

  test('it is proved to have only grown, from every size that it had', async () => {
    for (let first = 1; first <= size; first += 1) {
      const { body } = await get(`consistency-proof?first=${first}`);
      const known = { first: roots.get(first) ?? '', second: roots.get(size) ?? '' };
      expect(isConsistent(body, known)).toBe(true);
      if (first < size) expect(isConsistent(body, { ...known, first: known.second })).toBe(false);
    }
    expect((await get(`consistency-proof?first=${size + 1}`)).status).toBe(404);
    expect((await get('consistency-proof?first=0')).status).toBe(422);
  });

  test('its proofs hold after the erasure of the account', async () => {
    const { body } = await get('events?limit=1');
    await runSql(api.databaseUrl, `DELETE FROM account WHERE id = '${api.memberId}'`);
    const { body: proof } = await get(`events/${body.data[0]?.id ?? ''}/inclusion-proof`);
    expect(rootByInclusion(proof)).toBe(roots.get(size));
  });

  test('is for who may read it', async () => {
    const without = await api.token({ sub: api.ownerId, client_id: tool, scope: 'accounts:read' });
    expect((await api.get('/api/v1/audit/events', without)).status).toBe(403);
    expect((await api.get('/api/v1/audit/checkpoint')).status).toBe(401);
  });
});
