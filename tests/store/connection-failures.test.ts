import { expect, inject, test } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { migrate } from '../../src/store/index.ts';
import { emptyDatabase, runSql } from '../support/services.ts';

const attempt = (change: (url: URL) => void, base = inject('postgresUrl')) => {
  const url = new URL(base);
  change(url);
  return migrate({ url: url.href, folder: 'prisma/migrations', clock: systemClock });
};

test.each([
  [
    'the password is wrong',
    (url: URL) => void (url.password = 'guessed'),
    /^PostgreSQL refused the user ".+" for the database/,
  ],
  [
    'there is no such database',
    (url: URL) => void (url.pathname = '/nowhere'),
    /does not exist\. Create it, or correct DATABASE_URL\.$/,
  ],
  [
    'there is no such host',
    (url: URL) => void (url.hostname = 'nowhere.invalid'),
    /^Cannot reach the database/,
  ],
  [
    'nobody listens on the usual port',
    (url: URL) => void (url.port = ''),
    /at 127\.0\.0\.1:5432 \(ECONNREFUSED\)\. Start PostgreSQL/,
  ],
])('%s: one sentence, without the password', async (_what, change, message) => {
  const failure = attempt(change);
  await expect(failure).rejects.toThrow(message);
  await expect(failure).rejects.not.toThrow('guessed');
});

test('the user may not create tables: one sentence that says so', async () => {
  const database = await emptyDatabase();
  await runSql(database.url, `DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'reads'`);
  const failure = attempt(url => {
    url.username = 'reader';
    url.password = 'reads';
  }, database.url);
  await expect(failure).rejects.toThrow('The user "reader" may not create tables');
  await database.drop();
  await runSql(inject('postgresUrl'), 'DROP ROLE reader');
});
