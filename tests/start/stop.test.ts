import { request } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { freshDatabase, until } from '../support/services.ts';
import { endAll, freshEnvironment, runServer } from './run-server.ts';

afterAll(endAll);

test('SIGTERM: not ready, requests under way finish, nothing new is taken, exit 0', async () => {
  const database = await freshDatabase();
  const environment = await freshEnvironment({ DATABASE_URL: database.url });
  const run = runServer(environment);
  await run.ready();
  const { issuer, operations_url: operations } = run.facts();
  expect((await fetch(`${operations}/readyz`)).status).toBe(200);

  // A request that is under way for as long as we like: its body is not complete.
  const slow = request(`${issuer}/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': 4 },
  });
  const answered = new Promise<number>((resolve, reject) => {
    slow.once('response', response => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    slow.once('error', reject);
  });
  slow.write('a=');
  await fetch(`${issuer}/jwks`);

  run.signal('SIGTERM');
  const readiness = await until('not ready', async () => {
    const response = await fetch(`${operations}/readyz`);
    return response.status === 503 ? response.json() : undefined;
  });
  expect(readiness).toMatchObject({ status: 'draining' });
  await until('no new connections', () =>
    fetch(`${issuer}/jwks`).then(
      () => false,
      () => true,
    ),
  );
  slow.end('bc');
  expect(await answered).toBe(400);
  expect(await run.exit).toBe(0);
  await database.drop();
}, 60_000);

test('what does not finish is cut after the grace period', async () => {
  const database = await freshDatabase();
  const run = runServer(await freshEnvironment({ DATABASE_URL: database.url, SHUTDOWN_GRACE_SECONDS: '1' }));
  await run.ready();
  const hanging = request(`${run.facts().issuer}/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': 4 },
  });
  const cut = new Promise<string>(resolve =>
    hanging.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '')),
  );
  hanging.write('a=');
  await fetch(`${run.facts().issuer}/jwks`);
  run.signal('SIGTERM');
  expect(await cut).toBe('ECONNRESET');
  expect(await run.exit).toBe(0);
  await database.drop();
}, 60_000);
