import { Client, type QueryResultRow } from 'pg';

export const migrationsFolder = 'prisma/migrations';
export const templateName = 'gatehouse_template';

/** Nothing in a test outlives a power cut, so nothing has to reach the disk. */
export const fast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'];

export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** One connection, one text of statements. */
export async function runSql(url: string, sql: string): Promise<void> {
  await selectRows(url, sql);
}

export async function selectRows<Row extends QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
