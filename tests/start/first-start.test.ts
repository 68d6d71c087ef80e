import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/services.ts';
import { endAll, freshEnvironment, processesOf, type Run, runServer } from './run-server.ts';

afterAll(endAll);

const jwks = async (issuer: string) => {
  const response = await fetch(`${issuer}/jwks`);
  return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
};

describe('a first start with nothing but a data folder', () => {
  let first: Run;

  beforeAll(async () => {
    first = runServer(await freshEnvironment());
    await first.ready();
  }, 60_000);

  test('prints one block with everything a newcomer needs', () => {
    const facts = first.facts();
    const output = first.output();
    for (const text of [
      facts.issuer,
      `${facts.issuer}/.well-known/openid-configuration`,
      `${facts.issuer}/setup/`,
      facts.sample_url,
      `${facts.account.email}   ${facts.account.password}`,
      facts.mailbox_url,
      `${facts.management_url}/api/docs`,
      'curl -u demo-machine:',
    ]) {
      expect(output).toContain(text);
    }
    expect(output).not.toMatch(/NOTICE|WARNING|deprecat/i);
  });

  test('everything printed answers', async () => {
    const facts = first.facts();
    const setup = /(http\S+\/setup\/\S+)/.exec(first.output())?.[1] ?? '';
    const urls = [
      setup,
      `${facts.issuer}/.well-known/openid-configuration`,
      facts.sample_url,
      facts.mailbox_url,
      `${facts.management_url}/api/docs`,
      `${facts.management_url}/api/openapi.json`,
      `${facts.operations_url}/readyz`,
      `${facts.operations_url}/livez`,
      `${facts.operations_url}/metrics`,
    ];
    expect(await Promise.all(urls.map(async url => [url, (await fetch(url)).status]))).toEqual(
      urls.map(url => [url, 200]),
    );

    const words = /curl (.*)/.exec(first.output())?.[1]?.split(' ') ?? [];
    const { stdout } = spawnSync('curl', ['-s', ...words], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ token_type: 'Bearer', scope: 'accounts:read' });
  });

  test('demo.json has the same facts for scripts, and nobody else may read it or the keys', () => {
    const facts = first.facts();
    expect(Object.keys(facts).toSorted()).toEqual([
      'account',
      'clients',
      'issuer',
      'mailbox_url',
      'management_url',
      'operations_url',
      'sample_url',
    ]);
    expect(Object.keys(facts.clients).toSorted()).toEqual([
      'demo-device',
      'demo-machine',
      'demo-spa',
      'demo-web',
    ]);
    expect(facts.clients['demo-web']?.client_secret).toMatch(/^[\w-]{43}$/);
    expect(facts.clients['demo-spa']).not.toHaveProperty('client_secret');
    const addresses = facts.clients['demo-spa']?.['redirect_uris'] as string[];
    expect(addresses.some(uri => uri.startsWith('http://127.0.0.1'))).toBe(true);
    expect(addresses.some(uri => uri.startsWith('http://localhost'))).toBe(true);
    for (const name of ['demo.json', 'encryption-keys']) {
      expect((statSync(join(first.dataDir, name)).mode & 0o777).toString(8)).toBe('600');
    }
  });

  test('demo-machine reads accounts by the management API, and may do nothing else there', async () => {
    const { issuer, management_url: api, clients } = first.facts();
    const { client_secret = '' } = clients['demo-machine'] ?? {};
    const issued = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`demo-machine:${client_secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${issuer}/api` }),
    });
    const { access_token: token } = (await issued.json()) as { access_token: string };
    const me = await fetch(`${api}/api/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
    expect(await me.json()).toMatchObject({ permissions: ['accounts:read'] });
  });

  test('a second copy with other ports and another folder runs beside it', async () => {
    const second = runServer(await freshEnvironment());
    await second.ready();
    expect(second.facts().account.password).not.toBe(first.facts().account.password);
    expect(await jwks(second.facts().issuer)).not.toEqual(await jwks(first.facts().issuer));
    second.signal('SIGTERM');
    expect(await second.exit).toBe(0);
  }, 60_000);

  test('data and keys survive a restart; npm run reset wipes them', async () => {
    const before = { facts: first.facts(), keys: await jwks(first.facts().issuer) };
    first.signal('SIGTERM');
    expect(await first.exit).toBe(0);
    const again = runServer(first.environment);
    await again.ready();
    expect({ facts: again.facts(), keys: await jwks(before.facts.issuer) }).toEqual(before);
    again.signal('SIGINT');
    expect(await again.exit).toBe(0);

    const reset = spawnSync(process.execPath, ['scripts/reset.ts'], {
      env: first.environment,
      encoding: 'utf8',
    });
    expect(reset.stdout + reset.stderr).toBe(`Deleted ${first.dataDir}.\n`);
    expect(existsSync(first.dataDir)).toBe(false);
  }, 60_000);
});

describe('killed in any way', () => {
  test.each([
    ['the server itself', false],
    ['npm, which cannot pass it on', true],
  ])(
    '%s by SIGKILL: nothing is left that blocks the next start',
    async (_what, byNpm) => {
      const environment = await freshEnvironment();
      const command = byNpm ? ['npm', 'start'] : undefined;
      const first = runServer(environment, command);
      await first.ready();
      const facts = first.facts();
      first.signal('SIGKILL');
      await first.exit;
      await until('everything of the first start is gone', () => processesOf(first.dataDir).length === 0, 20);

      const second = runServer(environment);
      await second.ready();
      expect(second.facts()).toEqual(facts);
      expect(await jwks(facts.issuer)).toHaveLength(4);
      second.signal('SIGTERM');
      expect(await second.exit).toBe(0);
      expect(readdirSync(first.dataDir).filter(name => name.includes('probe'))).toEqual([]);
    },
    60_000,
  );
});
