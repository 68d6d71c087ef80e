import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import hashTask from '../../src/passwords/hash-worker.ts';
import { createPasswordHasher, type PasswordHasher } from '../../src/passwords/index.ts';
import { startTestGatehouse } from '../support/gatehouse.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('hashing', () => {
  let hasher: PasswordHasher;
  beforeAll(async () => {
    hasher = await createPasswordHasher({ concurrency: 1, queue: 1000 });
  });
  afterAll(() => hasher.close());

  test('is argon2id with the parameters that OWASP recommends', async () => {
    const hash = await hasher.hash('correct horse battery staple');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await hasher.verify(hash, 'correct horse battery staple')).toBe(true);
    expect(await hasher.verify(hash, 'correct horse battery stable')).toBe(false);
    expect(await hasher.hash('correct horse battery staple')).not.toBe(hash);
  });

  test('takes the same characters typed on another system for the same', async () => {
    const hash = await hasher.hash('caf\u00e9 \ufb01ne day today');
    expect(await hasher.verify(hash, 'cafe\u0301 fine day today')).toBe(true);
  });

  test('refuses a megabyte without hashing it', async () => {
    const hash = await hasher.hash('x'.repeat(1024));
    expect(await hasher.verify(hash, 'x'.repeat(1024))).toBe(true);
    const startedAt = performance.now();
    expect(await hasher.verify(hash, 'x'.repeat(1_000_000))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(5);
  });

  test('does the same work for an account that does not exist', async () => {
    const hash = await hasher.hash('a password of somebody');
    const measure = async (stored: string | undefined) => {
      const startedAt = performance.now();
      expect(await hasher.verify(stored, 'something else entirely')).toBe(false);
      return performance.now() - startedAt;
    };
    // In turns, and the fastest of each: what else the machine does must not decide.
    const rounds: { known: number; unknown: number }[] = [];
    for (let round = 0; round < 15; round += 1)
      rounds.push({ known: await measure(hash), unknown: await measure(undefined) });
    const ratio =
      Math.min(...rounds.map(({ unknown }) => unknown)) / Math.min(...rounds.map(({ known }) => known));
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test('never blocks the event loop', async () => {
    const longestPause = async (work: () => unknown) => {
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      // The monitor compares the times of its own timer: one before the work, and one after it.
      await setTimeout(20);
      await work();
      await setTimeout(20);
      delay.disable();
      return delay.max / 1e6;
    };
    const sixty = Array.from({ length: 60 }, () => 'a password of somebody');
    const inThePool = await longestPause(() => Promise.all(sixty.map(password => hasher.hash(password))));
    const onTheLoop = await longestPause(() => sixty.map(password => hashTask({ kind: 'hash', password })));
    expect(onTheLoop).toBeGreaterThan(200);
    // Not in milliseconds: on a busy machine everything waits, but the loop never waits for the hashes.
    expect(inThePool).toBeLessThan(onTheLoop / 2);
  });
});

describe('a full queue', () => {
  test('refuses at once, says when to come back, and counts', async () => {
    const hasher = await createPasswordHasher({ concurrency: 1, queue: 2 });
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, () => hasher.hash('a password of somebody')),
    );
    const refused = attempts.filter(attempt => attempt.status === 'rejected');
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]?.reason).toMatchObject({ code: 'overloaded', status: 503, retryAfterSeconds: 5 });
    expect(hasher.refused).toBe(refused.length);
    expect(hasher.waiting).toBe(0);
    expect(await hasher.hash('it works again')).toMatch(/^\$argon2id/);
    await hasher.close();
  });

  test('on the page: 503 with Retry-After, nobody is signed in, and tokens go on being signed', async () => {
    const gatehouse = await startTestGatehouse({ PASSWORD_HASH_QUEUE: '1' });
    const { account, clients, sample_url: sample, issuer } = gatehouse.facts;
    const web = await RelyingParty.discover(
      issuer,
      clients['demo-web'] ?? { client_id: '' },
      `${sample}/callback`,
    );
    const pages = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const agent = new UserAgent([sample]);
        const first = await agent.open((await web.request()).url);
        return { agent, page: await agent.submit(first, 'identifier-form', { identifier: account.email }) };
      }),
    );
    const machine = clients['demo-machine'];
    const token = () =>
      fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { Authorization: `Basic ${btoa(`demo-machine:${machine?.client_secret}`)}` },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          resource: `${issuer}/api`,
          scope: 'accounts:read',
        }),
      });
    const [answers, tokens] = await Promise.all([
      Promise.all(
        pages.map(({ agent, page }) => agent.submit(page, 'password-form', { password: account.password })),
      ),
      Promise.all(Array.from({ length: 20 }, token)),
    ]);
    expect(tokens.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('5');
    expect(refused[0]?.text).toContain('Many people are signing in at the moment.');
    const metrics = await (await fetch(`${gatehouse.facts.operations_url}/metrics`)).text();
    expect(metrics).toContain(`gatehouse_password_hashes_refused ${refused.length}`);

    // The interaction is as it was: the same page takes the password a moment later.
    const index = answers.findIndex(({ status }) => status === 503);
    const { agent, page } = pages[index] ?? {
      agent: new UserAgent(),
      page: { url: '', status: 0, headers: new Headers(), text: '' },
    };
    const { page: last } = await answerPages(agent, await agent.open(page.url), account);
    expect(last.url).toContain('code=');
    await gatehouse.close();
  }, 60_000);
});
