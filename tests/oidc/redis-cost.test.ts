import { Redis } from 'ioredis';
import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  fetchUserInfo,
  refreshTokenGrant,
  skipSubjectCheck,
  tokenIntrospection,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { type RedisServer, startRedis } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';

const notes = 'https://notes.example/api';

let server: RedisServer;
let raw: Redis;
let monitor: Redis;
let op: OpUnderTest;
let web: TestClient;
/** Commands that came over a connection; what scripts call within Redis costs no round trip. */
const commands: string[] = [];
beforeAll(async () => {
  server = await startRedis();
  raw = new Redis(server.url);
  monitor = await new Redis(server.url).monitor();
  monitor.on('monitor', (_time: string, [name = '']: string[], source: string) => {
    if (source !== 'lua') commands.push(name.toLowerCase());
  });
  op = await startOp({ REDIS_URL: server.url });
  web = await op.register({
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    resource_scopes: { [notes]: 'notes:read' },
  });
});
afterAll(async () => {
  await op.close();
  raw.disconnect();
  monitor.disconnect();
  await server.stop();
});

/** Of the second time: the first one reads what is remembered afterwards, and loads the scripts. */
async function roundTrips(work: () => Promise<() => Promise<unknown>>): Promise<number> {
  await (await work())();
  const measured = await work();
  await settled();
  commands.length = 0;
  await measured();
  await settled();
  return commands.filter(name => name !== 'echo').length;
}

/** What the monitor tells comes in order: when it tells of this, it has told of everything before. */
async function settled(): Promise<void> {
  const mark = new Promise<void>(resolve => {
    const listener = (_time: string, [name = '']: string[]) => {
      if (name.toLowerCase() !== 'echo') return;
      monitor.off('monitor', listener);
      resolve();
    };
    monitor.on('monitor', listener);
  });
  await raw.echo('mark');
  await mark;
}

const signIn = (agent: UserAgent, params: Record<string, string> = {}) =>
  op.authorize({
    client: web,
    agent,
    params: { scope: 'openid offline_access', prompt: 'consent', ...params },
  });

const redeem = async () => {
  const response = await signIn(op.browser());
  return authorizationCodeGrant(web.config, response.url, checksOf(response));
};

describe('round trips to Redis', () => {
  test.each<[string, number, () => Promise<() => Promise<unknown>>]>([
    [
      'code exchange with a refresh token',
      2,
      async () => {
        const response = await signIn(op.browser());
        return () => authorizationCodeGrant(web.config, response.url, checksOf(response));
      },
    ],
    [
      'rotation of a refresh token',
      2,
      async () => {
        const { refresh_token: token = '' } = await redeem();
        return () => refreshTokenGrant(web.config, token);
      },
    ],
    [
      'userinfo',
      1,
      async () => {
        const { access_token: token } = await redeem();
        return () => fetchUserInfo(web.config, token, skipSubjectCheck);
      },
    ],
    [
      'introspection',
      1,
      async () => {
        const { access_token: token } = await redeem();
        return () => tokenIntrospection(web.config, token);
      },
    ],
    ['client credentials, opaque', 1, () => Promise.resolve(() => clientCredentialsGrant(web.config))],
    [
      'client credentials, JWT',
      0,
      () =>
        Promise.resolve(() => clientCredentialsGrant(web.config, { resource: notes, scope: 'notes:read' })),
    ],
  ])('%s: %i', async (_what, trips, work) => {
    expect(await roundTrips(work)).toBe(trips);
  });

  test('silent authorization: at most 3', async () => {
    const trips = await roundTrips(async () => {
      const agent = op.browser();
      await signIn(agent);
      return async () => {
        const { params } = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
        expect(params.get('code')).not.toBeNull();
      };
    });
    expect(trips).toBeGreaterThan(0);
    expect(trips).toBeLessThanOrEqual(3);
  });
});

describe('memory in Redis', () => {
  /** Of what stays: codes and interactions are gone within minutes. */
  async function bytes(): Promise<number> {
    const keys = await raw.keys('*');
    const staying = keys.filter(key => !/AuthorizationCode|Interaction/.test(key));
    const sizes = await Promise.all(staying.map(key => raw.memory('USAGE', key)));
    return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  }

  test('of an account that is signed in, with JWT access tokens: at most 2.0 KB, after 100 rotations half more', async () => {
    await raw.flushdb();
    const people = 10;
    const tokens: string[] = [];
    for (let person = 0; person < people; person += 1) {
      const response = await signIn(op.browser(), {
        scope: 'openid profile email offline_access notes:read',
        resource: notes,
      });
      const { refresh_token: token = '' } = await authorizationCodeGrant(
        web.config,
        response.url,
        checksOf(response),
        { resource: notes },
      );
      tokens.push(token);
    }
    const first = (await bytes()) / people;
    expect(first).toBeGreaterThan(500);
    expect(first).toBeLessThanOrEqual(2048);
    for (let round = 0; round < 100; round += 1) {
      const { refresh_token: next = '' } = await refreshTokenGrant(web.config, tokens[0] ?? '', {
        resource: notes,
      });
      tokens[0] = next;
    }
    const after = (await bytes()) - first * (people - 1);
    expect(after).toBeLessThanOrEqual(first * 1.5);
  });
});
