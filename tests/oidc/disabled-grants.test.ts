import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { withdrawConsent } from '../../src/oidc/index.ts';
import { encryptionKeys } from '../../src/start/index.ts';
import { createRedisArtifactStore, createSealer, openDatabase } from '../../src/store/index.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import { type Asks, type Parties, startParties } from './disabled-parties.ts';

let parties: Parties;
beforeAll(async () => {
  parties = await startParties();
});
afterAll(() => parties.close());
afterEach(async () => {
  await change("UPDATE account SET status = 'active'; UPDATE client SET is_enabled = true");
  await until('all is as before', () => allWork(parties.standing));
});

const change = (text: string) => runSql(parties.cluster.databaseUrl, text);

/** What all processes say: one word where they agree. */
async function outcomes(asks: Asks): Promise<Record<string, string>> {
  const entries = Object.entries(asks).map(async ([name, ask]) => {
    const answers = await Promise.all(parties.cluster.processes.map((_, process) => ask(process)));
    return [name, [...new Set(answers)].join(', ')] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const allWork = async (asks: Asks) => Object.values(await outcomes(asks)).every(answer => answer === 'ok');

const everything = {
  'device authorization': 'ok',
  'CIBA request': 'ok',
  'JWT bearer': 'ok',
  'exchange of a JWT': 'ok',
  'exchange of an opaque token': 'ok',
  'exchange of a token without a grant': 'ok',
  'exchange of what was exchanged': 'ok',
  'authorization code': 'ok',
  'device code': 'ok',
  'CIBA poll': 'ok',
};

/** Somebody who signed in and approved everything. It is shown first that all of that works, in every process. */
async function approvals() {
  const { held, once } = await parties.signIn();
  const again = { ...parties.standing, ...held };
  await until('what can be asked again works', () => allWork(again));
  expect(await outcomes({ ...again, ...(await once()) })).toEqual(everything);
  return { again, once: await once() };
}

/** What is good once is not tried before everything else is refused: it would be used up. */
async function expectWithinFiveSeconds(statement: string, expected: Record<string, string>): Promise<void> {
  const { again, once } = await approvals();
  const isExpected = async () => {
    const answers = await outcomes(again);
    return Object.entries(answers).every(([name, answer]) => answer === expected[name]);
  };
  const start = performance.now();
  await change(statement);
  await until('every process refuses', isExpected, 5);
  expect(await outcomes({ ...again, ...once })).toEqual(expected);
  expect(performance.now() - start).toBeLessThan(5_000);
}

describe('every grant, in every process', () => {
  test('an account that was disabled: what it approved before buys nothing, and nobody vouches for it', () =>
    expectWithinFiveSeconds("UPDATE account SET status = 'disabled'", {
      // Asks for nobody in particular.
      'device authorization': 'ok',
      'CIBA request': 'unknown_user_id',
      'JWT bearer': 'invalid_grant',
      'exchange of a JWT': 'invalid_request',
      'exchange of an opaque token': 'invalid_request',
      'exchange of a token without a grant': 'invalid_request',
      'exchange of what was exchanged': 'invalid_request',
      'authorization code': 'invalid_grant',
      'device code': 'invalid_grant',
      'CIBA poll': 'invalid_grant',
    }));

  test('a client that was disabled: nothing of its own, and nobody exchanges what it was given', () =>
    expectWithinFiveSeconds("UPDATE client SET is_enabled = false WHERE id = 'shop'", {
      'device authorization': 'invalid_client',
      'CIBA request': 'invalid_client',
      'JWT bearer': 'invalid_client',
      'exchange of a JWT': 'invalid_request',
      'exchange of an opaque token': 'invalid_request',
      'exchange of a token without a grant': 'invalid_request',
      'exchange of what was exchanged': 'invalid_request',
      'authorization code': 'invalid_client',
      'device code': 'invalid_client',
      'CIBA poll': 'invalid_client',
    }));

  test('a client that exchanges and was disabled: exchanges nothing, and no other client is touched', () =>
    expectWithinFiveSeconds("UPDATE client SET is_enabled = false WHERE id = 'front-api'", {
      ...everything,
      'exchange of a JWT': 'invalid_client',
      'exchange of an opaque token': 'invalid_client',
      'exchange of a token without a grant': 'invalid_client',
      'exchange of what was exchanged': 'invalid_client',
    }));

  test('a grant that was withdrawn: at once, and what hangs on none is as before', async () => {
    const { again, once } = await approvals();
    await withdraw();
    expect(await outcomes({ ...again, ...once })).toEqual({
      ...everything,
      'exchange of a JWT': 'invalid_request',
      'exchange of an opaque token': 'invalid_request',
      'exchange of what was exchanged': 'invalid_request',
      'authorization code': 'invalid_grant',
      'device code': 'invalid_grant',
      'CIBA poll': 'invalid_grant',
    });
  });
});

/** As a third process would. */
async function withdraw(): Promise<void> {
  const { cluster, redis } = parties;
  const [account] = await selectRows<{ id: string }>(cluster.databaseUrl, 'SELECT id FROM account');
  const database = openDatabase({ url: cluster.databaseUrl, poolSize: 1 });
  const artifacts = await createRedisArtifactStore({ url: redis.url, clock: systemClock });
  const sealer = createSealer(encryptionKeys(loadSettings(cluster.environment)));
  await withdrawConsent(
    { database, artifacts, clock: systemClock, sealer },
    { accountId: account?.id ?? '', clientId: 'shop' },
  );
  await artifacts.close();
  await database.close();
}
