import Koa, { type Middleware } from 'koa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen } from '../../src/http/index.ts';
import { AppError, newSecret, systemClock, unavailable } from '../../src/kernel/index.ts';
import { requestUnit } from '../../src/oidc/index.ts';
import {
  type ArtifactStore,
  createPostgresArtifactStore,
  type Database,
  openDatabase,
  withArtifacts,
} from '../../src/store/index.ts';
import { freshDatabase, type TestDatabase } from '../support/services.ts';

let server: TestDatabase;
let database: Database;
let store: ArtifactStore;

beforeAll(async () => {
  server = await freshDatabase();
  database = openDatabase({ url: server.url, poolSize: 5 });
  store = createPostgresArtifactStore({ pool: database.pool, clock: systemClock });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

const artifact = (id: string) => ({
  kind: 'put' as const,
  model: 'AuthorizationCode',
  id,
  payload: {},
  expiresInSeconds: 60,
});

/** Answers of a route whose work is given; what is thrown past the unit of work is told by its code. */
async function answerTo(route: string, work: Middleware, method = 'GET', artifacts = store) {
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      ctx.status = 599;
      ctx.body = error instanceof AppError ? error.code : String(error);
    }
  });
  app.use(requestUnit({ artifacts }));
  app.use(async (ctx, next) => {
    Object.assign(ctx, { oidc: { route } });
    ctx.cookies.set('session', 'changed');
    await work(ctx, next);
  });
  const listener = await listen(app.callback(), { port: 0, address: '127.0.0.1', setting: 'PORT' });
  const response = await fetch(`http://127.0.0.1:${listener.port}/x?y=1`, { method, redirect: 'manual' });
  const text = await response.text();
  await listener.close(1);
  return { status: response.status, headers: response.headers, text };
}

/** Work that has put something, and loses the race for something else. */
const lose =
  (id: string, kept: string, reason: 'consumed' | 'stale'): Middleware =>
  async ctx => {
    ctx.status = 200;
    ctx.body = 'done';
    await withArtifacts(store, async unit => {
      await unit.put(artifact(kept));
      if (reason === 'consumed') unit.consume('AuthorizationCode', id, 1);
      else await unit.put({ ...artifact(id), model: 'Session', expectedVersion: 'an older one' });
    });
  };

describe('one request, one unit of work', () => {
  test('is applied before the answer leaves', async () => {
    const id = newSecret();
    const answer = await answerTo('token', async ctx => {
      await withArtifacts(store, unit => unit.put(artifact(id)));
      expect(await store.find('AuthorizationCode', id)).toBeUndefined();
      ctx.body = 'done';
    });
    expect(answer.text).toBe('done');
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    expect(await store.find('AuthorizationCode', id)).toBeDefined();
  });

  test.each([
    ['token', 'POST', 'consumed', 400, /"error":"invalid_grant"/],
    ['pushed_authorization_request', 'POST', 'consumed', 400, /"error":"invalid_grant"/],
    ['resume', 'GET', 'consumed', 599, /^interaction_expired$/],
    ['authorization', 'GET', 'stale', 303, /./],
    ['end_session_confirm', 'POST', 'stale', 599, /^interaction_expired$/],
  ] as const)(
    'lost on %s %s (%s) answers %i and changes nothing, no cookie either',
    async (route, method, reason, status, text) => {
      const kept = newSecret();
      const answer = await answerTo(route, lose(newSecret(), kept, reason), method);
      expect(answer.status).toBe(status);
      expect(answer.text).toMatch(text);
      expect(answer.headers.getSetCookie()).toEqual([]);
      if (status === 303) expect(answer.headers.get('location')).toBe('/x?y=1');
      expect(await store.find('AuthorizationCode', kept)).toBeUndefined();
    },
  );

  test('an answer of 5xx means that nothing happened', async () => {
    const id = newSecret();
    const answer = await answerTo('token', async ctx => {
      await withArtifacts(store, unit => unit.put(artifact(id)));
      ctx.status = 503;
      ctx.body = { error: 'temporarily_unavailable' };
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await store.find('AuthorizationCode', id)).toBeUndefined();
  });

  test.each([
    ['token', 503, /"error":"temporarily_unavailable"/],
    ['authorization', 599, /^unavailable$/],
  ] as const)('a store that goes away before the end: %s is told so', async (route, status, text) => {
    const away: ArtifactStore = {
      ...store,
      commit: () => Promise.reject(unavailable('store', new Error('gone'))),
    };
    const answer = await answerTo(
      route,
      async ctx => {
        ctx.body = 'done';
        await withArtifacts(away, unit => unit.put(artifact(newSecret())));
      },
      'GET',
      away,
    );
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
  });

  test('anything else goes on to whoever shows errors', async () => {
    const answer = await answerTo('token', () => Promise.reject(new Error('unexpected')));
    expect(answer.text).toBe('Error: unexpected');
  });
});
