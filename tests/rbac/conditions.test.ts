import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { multiFactor, phishingResistant, singleFactor } from '../../src/mfa/index.ts';
import { evaluateCondition } from '../../src/rbac/evaluate-condition.ts';
import { parseCondition } from '../../src/rbac/index.ts';

const time = '2026-03-02T12:00:00.000Z';

function evaluate(value: unknown, attributes: Record<string, unknown> = {}): boolean | undefined {
  const parsed = parseCondition(value);
  if ('fault' in parsed) throw new Error(parsed.fault);
  const all: Record<string, unknown> = { 'context.time': time, ...attributes };
  return evaluateCondition(parsed.condition, name => all[name]).result;
}

const amount = { attr: 'resource.properties.amount', type: 'number' };
const name = 'resource.properties.amount';

describe.each<[string, unknown, Record<string, unknown>, Record<string, unknown>]>([
  [
    'equals',
    { equals: [{ attr: 'subject.email_verified' }, true] },
    { 'subject.email_verified': true },
    { 'subject.email_verified': false },
  ],
  [
    'in',
    { in: [{ attr: 'resource.type' }, ['invoice', 'order']] },
    { 'resource.type': 'order' },
    { 'resource.type': 'x' },
  ],
  ['less', { less: [amount, 100] }, { [name]: 99 }, { [name]: 100 }],
  [
    'less, of times',
    { less: [{ attr: 'context.time' }, '2026-03-02T14:00:00+01:00'] },
    {},
    { 'context.time': '2026-03-02T13:00:00Z' },
  ],
  [
    'starts_with',
    { starts_with: [{ attr: 'resource.id' }, 'de-'] },
    { 'resource.id': 'de-1' },
    { 'resource.id': 'fr-1' },
  ],
  [
    'within',
    { within: [{ attr: 'context.address' }, ['10.0.0.0/8', '2001:db8::/32']] },
    { 'context.address': '2001:db8::1' },
    { 'context.address': '11.0.0.1' },
  ],
  [
    'at_least',
    { at_least: [{ attr: 'context.acr' }, multiFactor] },
    { 'context.acr': phishingResistant },
    { 'context.acr': singleFactor },
  ],
  [
    'during, on a wall in Berlin',
    { during: { days: ['mon'], from: '09:00', until: '17:00', zone: 'Europe/Berlin' } },
    {},
    { 'context.time': '2026-03-02T16:00:00Z' },
  ],
  [
    'during, over midnight',
    { during: { days: ['sun'], from: '22:00', until: '06:00', zone: 'UTC' } },
    { 'context.time': '2026-03-02T05:59:00Z' },
    { 'context.time': '2026-03-02T06:00:00Z' },
  ],
])('%s', (_operator, condition, holds, fails) => {
  test('is true where it holds, false where not, and the other way under not', () => {
    expect(evaluate(condition, holds)).toBe(true);
    expect(evaluate(condition, fails)).toBe(false);
    expect(evaluate({ not: condition }, fails)).toBe(true);
  });
});

test('an IPv4 address that is written as IPv6 is in the ranges of IPv4', () => {
  const condition = { within: [{ attr: 'context.address' }, ['10.0.0.0/8']] };
  expect(evaluate(condition, { 'context.address': '::ffff:10.1.2.3' })).toBe(true);
  expect(evaluate(condition, { 'context.address': '::ffff:11.1.2.3' })).toBe(false);
});

test('what is missing or of another type is unknown, and stays so', () => {
  const condition = { less: [amount, 100] };
  for (const given of [{}, { [name]: '5' }, { [name]: null }, { [name]: Number.NaN }]) {
    expect(evaluate(condition, given)).toBeUndefined();
    expect(evaluate({ not: condition }, given)).toBeUndefined();
  }
  const yes = { equals: ['a', 'a'] };
  const no = { equals: ['a', 'b'] };
  expect(evaluate({ any: [condition, yes] })).toBe(true);
  expect(evaluate({ any: [condition, no] })).toBeUndefined();
  expect(evaluate({ all: [condition, no] })).toBe(false);
  expect(evaluate({ all: [condition, yes] })).toBeUndefined();
});

describe('is refused when it is saved', () => {
  const deep = (levels: number): unknown =>
    levels === 0 ? { equals: ['a', 'a'] } : { not: deep(levels - 1) };
  test.each<[string, unknown, RegExp]>([
    ['an operator that there is not', { matches: ['a', '(a+)+$'] }, /no condition/],
    ['an operator of databases', { not: null }, /no condition/],
    ['two operators at once', { equals: ['a', 'a'], not: { equals: ['a', 'b'] } }, /no condition/],
    [
      'an attribute that there is not',
      { equals: [{ attr: 'subject.password' }, 'a'] },
      /no attribute "subject.password"/,
    ],
    ['an attribute of the prototype', { equals: [{ attr: 'constructor' }, 'a'] }, /no attribute/],
    ['an open attribute without a type', { equals: [{ attr: 'context.plan' }, 'a'] }, /Say the type/],
    [
      'types that do not fit',
      { equals: [{ attr: 'subject.email_verified' }, 'yes'] },
      /boolean and a string/,
    ],
    [
      'another type than it has',
      { equals: [{ attr: 'subject.id', type: 'number' }, 1] },
      /subject.id is a string/,
    ],
    ['an order of texts', { less: ['a', 'b'] }, /cannot be compared/],
    ['a text that is no acr', { equals: [{ attr: 'context.acr' }, 'strong'] }, /acr and a string/],
    ['a text that is no address', { equals: [{ attr: 'context.address' }, 'home'] }, /address and a string/],
    ['a text that is no time', { less: [{ attr: 'context.time' }, 'tomorrow'] }, /cannot be compared/],
    [
      'a range that is none',
      { within: [{ attr: 'context.address' }, ['10.0.0.0/99']] },
      /no range of addresses/,
    ],
    [
      'a zone that is none',
      { during: { days: ['mon'], from: '09:00', until: '17:00', zone: 'Mars/One' } },
      /no condition/,
    ],
    ['too deep', deep(12), /64 parts, 8 deep/],
    ['too many parts', { any: Array.from({ length: 70 }, () => ({ equals: ['a', 'a'] })) }, /64 parts/],
    ['deeper than any stack', JSON.parse('{"not":'.repeat(5000) + '{}' + '}'.repeat(5000)), /64 parts/],
  ])('%s', (_what, value, fault) => {
    expect(parseCondition(value)).toEqual({ fault: expect.stringMatching(fault) as string });
  });

  test('one that is just small enough is not', () => {
    expect(parseCondition(deep(7))).toHaveProperty('condition');
  });
});

test('whatever is given, there is an answer and no error', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const parsed = parseCondition(value);
      if ('condition' in parsed) evaluateCondition(parsed.condition, () => undefined);
    }),
  );
  const attributes = fc.dictionary(
    fc.constantFrom(name, 'context.address', 'context.acr', 'context.time'),
    fc.anything(),
  );
  const condition = parseCondition({
    any: [
      { less: [amount, 3] },
      { within: [{ attr: 'context.address' }, ['::/0']] },
      { at_least: [{ attr: 'context.acr' }, multiFactor] },
      { during: { days: ['mon'], from: '00:00', until: '12:00', zone: 'Asia/Kolkata' } },
    ],
  });
  if ('fault' in condition) throw new Error(condition.fault);
  fc.assert(
    fc.property(attributes, given => {
      const { result } = evaluateCondition(condition.condition, attribute => given[attribute]);
      expect([true, false, undefined]).toContain(result);
    }),
  );
});
