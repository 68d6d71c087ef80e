import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startTestGatehouse();
});
afterAll(() => gatehouse.close());

async function counted(route: string): Promise<number> {
  const text = await (await fetch(`${gatehouse.facts.operations_url}/metrics`)).text();
  const line = text
    .split('\n')
    .find(each => each.startsWith('gatehouse_public_documents_total') && each.includes(route));
  return Number(line?.split(' ').at(-1) ?? 0);
}

test('answers from memory are counted, whoever scrapes how often', async () => {
  const ask = () => fetch(`${gatehouse.issuer}/jwks`);
  // The first one is the provider's, and is counted with all other requests.
  await ask();
  expect(await counted('"/jwks"')).toBe(0);
  for (let time = 0; time < 5; time += 1) await ask();
  expect(await counted('"/jwks"')).toBe(5);
  expect(await counted('"/jwks"')).toBe(5);
  await ask();
  expect(await counted('"/jwks"')).toBe(6);
});
