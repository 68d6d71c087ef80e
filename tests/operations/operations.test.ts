import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOperations, type TestOperations } from './start-operations.ts';

let operations: TestOperations;
beforeAll(async () => {
  operations = await startOperations({});
});
afterAll(() => operations.close());

test('a process that answers is alive', async () => {
  const response = await operations.get('/livez');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok' });
  expect((await operations.get('/livez', { method: 'HEAD' })).status).toBe(200);
});

test('Prometheus can read the metrics', async () => {
  operations.metrics.gauge('gatehouse_lanterns', 'Lanterns lit.', () => 3);
  await operations.get('/livez');
  const response = await operations.get('/metrics');
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  expect(text).toContain('gatehouse_lanterns 3');
  expect(text).toContain('process_cpu_seconds_total');
  expect(text).toMatch(
    /gatehouse_http_request_seconds_count\{surface="operations",method="GET",route="\/livez",status="2xx"\} [1-9]/,
  );
});

for (const path of ['/', '/livez/', '/ready', '/constructor', '/metrics/x', '/%']) {
  test(`there is nothing at ${path}`, async () => {
    const response = await operations.get(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: 'not_found',
      message: 'There is nothing at this address.',
    });
  });
}

test('nothing can be changed here', async () => {
  for (const path of ['/livez', '/readyz', '/metrics']) {
    const response = await operations.get(path, { method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ error: 'method_not_allowed' });
  }
});
