import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { runCli } from '../support/run-cli.ts';
import { until } from '../support/services.ts';

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startTestGatehouse();
});
afterAll(() => gatehouse.close());

const get = (path: string, init: RequestInit = {}) => fetch(gatehouse.issuer + path, init);
const paths = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/jwks'];

describe.each(paths)('%s', path => {
  test('is the same from memory as from the provider', async () => {
    const first = await get(path);
    const again = await get(path);
    expect(first.status).toBe(200);
    expect(await again.text()).toBe(await first.text());
    const headersOf = ({ headers }: Response) =>
      Object.fromEntries(
        [...headers].filter(([name]) => !['date', 'connection', 'keep-alive', 'x-request-id'].includes(name)),
      );
    expect(headersOf(again)).toEqual(headersOf(first));
    expect(headersOf(again)).toMatchObject({
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      'content-type': expect.stringMatching(/^application\/(jwk-set\+)?json; charset=utf-8$/) as string,
    });
  });

  test('costs nothing again where it is known', async () => {
    const { headers } = await get(path);
    const etag = headers.get('etag') ?? '';
    for (const named of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const known = await get(path, { headers: { 'If-None-Match': named } });
      expect([known.status, await known.text(), known.headers.get('etag')], named).toEqual([304, '', etag]);
      expect(known.headers.get('cache-control')).toBe('public, max-age=300');
    }
    expect((await get(path, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
  });

  test('HEAD answers like GET, without the content', async () => {
    const [body, head] = await Promise.all([get(path), get(path, { method: 'HEAD' })]);
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String((await body.arrayBuffer()).byteLength));
    expect(await head.text()).toBe('');
  });

  test('is measured like everything else', async () => {
    await get(path);
    const metrics = await (await fetch(`${gatehouse.facts.operations_url}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`route="${path}"`));
  });
});

test('a rotation replaces what is in memory', async () => {
  const { headers } = await get('/jwks');
  const { code } = await runCli(gatehouse.environment, 'keys', 'rotate');
  expect(code).toBe(0);
  const etag = headers.get('etag') ?? '';
  const changed = await until('the new keys are announced', async () => {
    const response = await get('/jwks', { headers: { 'If-None-Match': etag } });
    return response.status === 200 ? response : undefined;
  });
  expect((await changed.json()) as { keys: object[] }).toMatchObject({ keys: { length: 8 } });
});
