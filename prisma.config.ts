import { defineConfig } from 'prisma/config';

/**
 * Read by the Prisma command line only. The server itself takes its connection from the settings, so the
 * URL matters here only to people who run `prisma studio` or `prisma migrate deploy` against a database.
 */
export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
