import { Redis } from 'ioredis';
import {
  buildAuthorizationUrlWithPAR,
  initiateDeviceAuthorization,
  pollDeviceAuthorizationGrant,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digest } from '../../src/kernel/index.ts';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { type RedisServer, selectRows, startRedis } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

describe.each(['postgres', 'redis'] as const)(
  'whoever copies the store in mid-journey, %s driver',
  driver => {
    let redis: RedisServer | undefined;
    let raw: Redis | undefined;
    let gatehouse: TestGatehouse;

    beforeAll(async () => {
      redis = driver === 'redis' ? await startRedis() : undefined;
      raw = redis === undefined ? undefined : new Redis(redis.url);
      gatehouse = await startTestGatehouse(redis === undefined ? {} : { REDIS_URL: redis.url });
    });
    afterAll(async () => {
      await gatehouse.close();
      raw?.disconnect();
      await redis?.stop();
    });

    async function dump(): Promise<string> {
      if (raw === undefined)
        return JSON.stringify(await selectRows(gatehouse.databaseUrl, 'SELECT * FROM artifact'));
      const keys = await raw.keys('*');
      return JSON.stringify([keys, await raw.mget(keys)]);
    }

    /** What the browser and the app hold so far opens things; the store may have its hash at most. */
    async function expectNoneOf(secrets: Record<string, string>): Promise<void> {
      const stored = await dump();
      for (const [what, secret] of Object.entries(secrets)) {
        expect(secret.length, what).toBeGreaterThan(5);
        expect(stored.includes(secret), `${what} is not in the clear`).toBe(false);
      }
    }

    const cookiesOf = (agent: UserAgent) =>
      Object.fromEntries([...agent.cookies].map(([name, { value }]) => [`cookie ${name}`, value]));
    const isStored = async (id: string) => (await dump()).includes(digest(id));
    const browser = () => new UserAgent([gatehouse.facts.sample_url]);
    const lastPart = (url: string) => new URL(url).pathname.split('/').at(-1) ?? '';

    test('finds nothing that continues a sign-in, and no token it ended in', async () => {
      const client = gatehouse.facts.clients['demo-web'] ?? { client_id: '' };
      const callback = `${gatehouse.facts.sample_url}/callback`;
      const web = await RelyingParty.discover(gatehouse.issuer, client, callback);
      const { url, redeem } = await web.request({
        prompt: 'consent',
        scope: 'openid email offline_access',
      });
      const pushed = await buildAuthorizationUrlWithPAR(web.config, new URL(url).searchParams);
      const requestUri = pushed.searchParams.get('request_uri')?.split(':').at(-1) ?? '';
      await expectNoneOf({ requestUri });
      expect(await isStored(requestUri)).toBe(true);

      const agent = browser();
      const first = await agent.open(pushed.href);
      const interaction = lastPart(first.url);
      expect(await isStored(interaction)).toBe(true);
      await expectNoneOf({ requestUri, interaction, ...cookiesOf(agent) });

      const { page } = await answerPages(agent, first, gatehouse.facts.account);
      const code = new URL(page.url).searchParams.get('code') ?? '';
      expect(await isStored(code)).toBe(true);
      expect(cookiesOf(agent)).not.toEqual({});
      await expectNoneOf({ code, ...cookiesOf(agent) });

      const { access_token: access, refresh_token: refresh = '' } = await redeem(page.url);
      // Of its family and of its secret there is a hash each.
      const [family, secret] = [refresh.slice(0, 22), refresh.slice(22)];
      expect(await isStored(family)).toBe(true);
      expect(await isStored(secret)).toBe(true);
      await expectNoneOf({ code, access, refresh, family, secret, ...cookiesOf(agent) });
      // What was pushed was good for this one sign-in, also by what is left of its name.
      expect((await browser().open(pushed.href)).text).toContain('invalid_request_uri');
    });

    test('finds nothing that connects a device', async () => {
      const { config } = await RelyingParty.discover(gatehouse.issuer, { client_id: 'demo-device' }, '');
      const started = await initiateDeviceAuthorization(config, { scope: 'openid email' });
      const { device_code: device, user_code: user } = started;
      const codes = { device, user, bare: user.replace('-', '') };
      expect(await isStored(device)).toBe(true);
      await expectNoneOf(codes);

      const agent = browser();
      const confirm = await agent.open(started.verification_uri_complete ?? '');
      await expectNoneOf({ ...codes, ...cookiesOf(agent) });
      const first = await agent.submit(confirm, 'device-confirm-form');
      const interaction = lastPart(first.url);
      expect(await isStored(interaction)).toBe(true);
      await expectNoneOf({ ...codes, interaction, ...cookiesOf(agent) });

      await answerPages(agent, first, gatehouse.facts.account);
      await expectNoneOf({ ...codes, ...cookiesOf(agent) });
      const tokens = await pollDeviceAuthorizationGrant(config, { ...started, interval: 0 });
      await expectNoneOf({ ...codes, access: tokens.access_token, ...cookiesOf(agent) });
    });
  },
);
