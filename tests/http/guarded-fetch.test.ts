import { createServer, type Server } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGuardedFetch, type GuardedFetchOptions } from '../../src/http/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { createCertificateAuthority } from '../support/certificates.ts';

let server: Server;
let port: number;
let extraCa: string;
let requests: string[];

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  extraCa = authority.ca;
  server = createServer(await authority.issue({ dns: ['rp.example'], addresses: ['127.0.0.1'] }));
  server.on('request', (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const answers: Record<string, () => void> = {
      '/redirect': () => response.writeHead(302, { Location: '/' }).end(),
      '/large': () => response.end(Buffer.alloc(300 * 1024)),
      '/largest': () => response.end(Buffer.alloc(256 * 1024)),
      '/bomb': () =>
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000))),
      '/headers': () => response.writeHead(200, { 'X-Long': 'x'.repeat(20_000) }).end(),
      '/slow': () => response.write('{'),
      '/missing': () => response.writeHead(404).end('nothing here'),
    };
    (answers[request.url ?? ''] ?? (() => response.end('{"ok":true}')))();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = [];
});

const logged: string[] = [];
const log = createLogger({
  level: 'info',
  destination: { write: (line: string) => void logged.push(line) },
});

function fetchWith(options: Partial<GuardedFetchOptions>) {
  return createGuardedFetch({ allowedHosts: [], extraCa, log, ...options });
}

/** Names resolve to these, in this order; the last one stays. */
function resolving(...answers: string[][]): LookupFunction & { asked: number } {
  const lookup = (_name: string, options: { all?: boolean }, callback: (...words: unknown[]) => void) => {
    const answer = answers[Math.min(lookup.asked, answers.length - 1)] ?? [];
    lookup.asked += 1;
    const all = answer.map(address => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all === true) callback(null, all);
    else callback(null, all[0]?.address, all[0]?.family);
  };
  lookup.asked = 0;
  return lookup as unknown as LookupFunction & { asked: number };
}

const allowed = () => fetchWith({ allowedHosts: [`rp.example:${port}`], lookup: resolving(['127.0.0.1']) });

describe('what is fetched', () => {
  test('an https address, with the answer as it is', async () => {
    const response = await allowed()(`https://rp.example:${port}/`, { method: 'POST', body: 'a=b' });
    expect([response.status, await response.json()]).toEqual([200, { ok: true }]);
    expect(requests).toEqual(['POST /']);
    const missing = await allowed()(`https://rp.example:${port}/missing`);
    expect([missing.status, await missing.text()]).toEqual([404, 'nothing here']);
  });

  test('as much as 256 KB', async () => {
    const response = await allowed()(`https://rp.example:${port}/largest`);
    expect((await response.arrayBuffer()).byteLength).toBe(256 * 1024);
  });
});

describe('what is refused before anything is sent', () => {
  test.each([
    ['http://rp.example/', 'not_https'],
    ['ftp://rp.example/', 'not_https'],
    ['file:///etc/passwd', 'not_https'],
    ['https://user:secret@rp.example/', 'credentials_in_url'],
    ['https://rp.example:22/', 'port_refused'],
  ])('%s', async (url, reason) => {
    await expect(fetchWith({ lookup: resolving(['203.0.114.1']) })(url)).rejects.toMatchObject({ reason });
  });

  // Each spelling reaches the server of this test where the guard is open, or would reach another machine inside.
  test.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fd00::1]',
    '[fe80::1]',
    '[ff02::1]',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.1.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '0.0.0.0',
  ])('the address %s', async host => {
    const refused = fetchWith({})(`https://${host}:${port}/`);
    await expect(refused).rejects.toMatchObject({ reason: 'address_refused' });
    expect(requests).toEqual([]);
  });

  test.each([
    ['a private address', ['127.0.0.1']],
    ['a public and a private one', ['203.0.114.1', '127.0.0.1']],
    ['a mapped one', ['::ffff:127.0.0.1']],
  ])('a name with %s', async (_what, answer) => {
    const refused = fetchWith({ lookup: resolving(answer) })(`https://rp.example:${port}/`);
    await expect(refused).rejects.toMatchObject({ reason: 'address_refused' });
    expect(requests).toEqual([]);
  });

  test('the name is resolved once: what it says a moment later is not used', async () => {
    // A public address that nothing listens at, and then ours.
    const lookup = resolving(['192.0.9.1'], ['127.0.0.1']);
    const first = fetchWith({ lookup })(`https://rp.example:${port}/`);
    await expect(first).rejects.toMatchObject({
      reason: expect.stringMatching(/unreachable|too_slow/) as string,
    });
    expect([lookup.asked, requests]).toEqual([1, []]);
  }, 15_000);

  test('another port of a host that is allowed on one only', async () => {
    const refused = fetchWith({ allowedHosts: ['rp.example:1'], lookup: resolving(['127.0.0.1']) });
    await expect(refused(`https://rp.example:${port}/`)).rejects.toMatchObject({ reason: 'address_refused' });
  });
});

describe('what comes back and is refused', () => {
  test.each([
    ['/redirect', 'redirected'],
    ['/large', 'too_large'],
    ['/bomb', 'too_large'],
    ['/headers', 'too_large'],
    ['/slow', 'too_slow'],
  ])(
    '%s',
    async (path, reason) => {
      await expect(allowed()(`https://rp.example:${port}${path}`)).rejects.toMatchObject({ reason });
      expect(requests).toEqual([`GET ${path}`]);
    },
    15_000,
  );

  test('a certificate of nobody we trust, and one for another name', async () => {
    const options = {
      allowedHosts: [`rp.example:${port}`, `evil.example:${port}`],
      lookup: resolving(['127.0.0.1']),
    };
    await expect(
      fetchWith({ ...options, extraCa: undefined })(`https://rp.example:${port}/`),
    ).rejects.toMatchObject({
      reason: 'unreachable',
    });
    await expect(fetchWith(options)(`https://evil.example:${port}/`)).rejects.toMatchObject({
      reason: 'unreachable',
    });
    expect(requests).toEqual([]);
  });

  test('the log names the host and the reason, and nothing else of the address', async () => {
    logged.length = 0;
    await expect(fetchWith({})('https://10.0.0.1/path?token=secret')).rejects.toThrow();
    expect(logged.join('')).toContain('"host":"10.0.0.1"');
    expect(logged.join('')).toContain('"reason":"address_refused"');
    expect(logged.join('')).not.toContain('secret');
  });
});
