import { expect, test } from 'vitest';
import { rememberBriefly } from '../../src/oidc/remember-briefly.ts';

test('what was found is remembered for three seconds, what was not is asked again, and no more than 10,000 are kept', async () => {
  let now = 0;
  const asked: string[] = [];
  const find = rememberBriefly({ now: () => now }, async (key: string) => {
    asked.push(key);
    return key === 'missing' ? undefined : key.toUpperCase();
  });
  const timesAsked = (key: string) => asked.filter(each => each === key).length;

  expect([await find('a'), await find('a')]).toEqual(['A', 'A']);
  expect([await find('missing'), await find('missing')]).toEqual([undefined, undefined]);
  expect([timesAsked('a'), timesAsked('missing')]).toEqual([1, 2]);
  now = 2_999;
  await find('a');
  expect(timesAsked('a')).toBe(1);
  now = 3_000;
  await find('a');
  expect(timesAsked('a')).toBe(2);
  // A clock that was set back does not make it remember for longer.
  now = -10_000;
  await find('a');
  expect(timesAsked('a')).toBe(3);

  for (let index = 0; index < 10_000; index += 1) await find(`key-${index}`);
  await find('a');
  expect(timesAsked('a')).toBe(4);
  await find('key-9999');
  expect(timesAsked('key-9999')).toBe(1);
});
