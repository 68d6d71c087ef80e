import { Client } from 'pg';
import { systemClock } from '../../src/kernel/index.ts';
import { createAccess } from '../../src/rbac/index.ts';
import { migrate, openDatabase, startEmbeddedPostgres } from '../../src/store/index.ts';
import { tempFolder } from '../../tests/support/temp-folder.ts';

export interface Checks {
  /** Milliseconds, one question at a time. */
  median: number;
  p99: number;
  /** The same, while another process changes roles. */
  p99WithChanges: number;
  /** With 32 under way at any moment. */
  perSecond: number;
}

const size = { accounts: 100_000, roles: 1_000, depth: 10, assignments: 1_000_000, groups: 1_000 };
const resourceServer = 'https://invoices.example';

/** What a check costs where there is a lot: 100 chains of roles, 10 deep, and ten assignments an account. */
export async function measureChecks(): Promise<Checks> {
  const place = await startEmbeddedPostgres({ dataDir: tempFolder() });
  await migrate({ url: place.url, folder: 'prisma/migrations', clock: systemClock });
  const filler = new Client({ connectionString: place.url });
  await filler.connect();
  await filler.query(rows());
  await filler.end();
  const database = openDatabase({ url: place.url, poolSize: 10 });
  const access = createAccess({ database, clock: systemClock });
  const { rows: accounts } = await database.pool.query<{ id: string }>({
    text: 'SELECT id FROM account ORDER BY random() LIMIT 5000',
  });
  const ask = (id: string, number: number) =>
    access.check({
      subject: { type: 'account', id },
      action: { name: `thing${number % size.roles}:read` },
      resource: { type: 'thing', id: '1', properties: { area: 'emea/de' } },
      context: { address: '10.1.2.3' },
    });
  const oneByOne = async (before?: (number: number) => Promise<unknown>) => {
    const times: number[] = [];
    for (const [number, { id }] of accounts.entries()) {
      await before?.(number);
      const startedAt = performance.now();
      await ask(id, number);
      times.push(performance.now() - startedAt);
    }
    return times.toSorted((a, b) => a - b);
  };
  await ask(accounts[0]?.id ?? '', 0);
  const times = await oneByOne();
  const changing = await oneByOne(number =>
    number % 100 === 0
      ? database.pool.query({ text: 'UPDATE access_version SET version = version + 1' })
      : Promise.resolve(),
  );

  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (let at = next++; at < accounts.length; at = next++) await ask(accounts[at]?.id ?? '', at);
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  await database.close();
  await place.stop();
  const at = (sorted: number[], part: number) => sorted[Math.floor(sorted.length * part)] ?? 0;
  return {
    median: at(times, 0.5),
    p99: at(times, 0.99),
    p99WithChanges: at(changing, 0.99),
    perSecond: accounts.length / seconds,
  };
}

function rows(): string {
  const { accounts, roles, depth, assignments, groups } = size;
  const condition = JSON.stringify({ within: [{ attr: 'context.address' }, ['10.0.0.0/8']] });
  return `
    CREATE TEMP TABLE a AS SELECT gen_random_uuid() AS id, n FROM generate_series(0, ${accounts - 1}) n;
    CREATE TEMP TABLE r AS SELECT gen_random_uuid() AS id, n FROM generate_series(0, ${roles - 1}) n;
    CREATE TEMP TABLE g AS SELECT gen_random_uuid() AS id, n FROM generate_series(0, ${groups - 1}) n;
    CREATE INDEX ON a (n); CREATE INDEX ON r (n); CREATE INDEX ON g (n); ANALYZE a; ANALYZE r; ANALYZE g;
    INSERT INTO account (id, email, email_key, created_at, updated_at) SELECT id, n || '@x.example', n || '@x.example', now(), now() FROM a;
    INSERT INTO resource_server (identifier, name, access_token_format, access_token_lifetime_seconds, created_at, updated_at)
      VALUES ('${resourceServer}', 'Invoices', 'jwt', 600, now(), now());
    INSERT INTO permission (id, resource_server_id, name, created_at) SELECT gen_random_uuid(), '${resourceServer}', 'thing' || n || ':read', now() FROM r;
    INSERT INTO role (id, name, created_at, updated_at) SELECT id, 'role' || n, now(), now() FROM r;
    INSERT INTO role_rule (role_id, permission_id, effect) SELECT r.id, p.id, CASE WHEN n % 50 = 49 THEN 'deny' ELSE 'allow' END
      FROM r JOIN permission p ON p.name = 'thing' || n || ':read';
    INSERT INTO role_inclusion (role_id, included_id) SELECT r.id, i.id FROM r JOIN r i ON i.n = r.n + 1 WHERE r.n % ${depth} <> ${depth - 1};
    INSERT INTO "group" (id, name, created_at, updated_at) SELECT id, 'group' || n, now(), now() FROM g;
    INSERT INTO group_nesting (group_id, nested_id) SELECT o.id, i.id FROM g i JOIN g o ON o.n = i.n + 1 WHERE i.n % 5 <> 4;
    INSERT INTO group_member (group_id, account_id, created_at) SELECT g.id, a.id, now() FROM a JOIN g ON g.n = a.n % ${groups};
    INSERT INTO role_assignment (id, role_id, account_id, scope, condition, created_at)
      SELECT gen_random_uuid(), r.id, a.id, CASE WHEN k % 3 = 0 THEN '{"area":"emea"}'::jsonb END,
        CASE WHEN k % 4 = 0 THEN '${condition}'::jsonb END, now()
      FROM a CROSS JOIN generate_series(0, ${assignments / accounts - 2}) k JOIN r ON r.n = (a.n * 7 + k * 113) % ${roles};
    INSERT INTO role_assignment (id, role_id, group_id, created_at)
      SELECT gen_random_uuid(), r.id, g.id, now() FROM g CROSS JOIN generate_series(0, ${assignments / 10 / groups - 1}) k JOIN r ON r.n = (g.n + k * 10) % ${roles};
    ANALYZE;`;
}
