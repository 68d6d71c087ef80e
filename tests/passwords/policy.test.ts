import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkPassword,
  createPasswordHasher,
  type PasswordHasher,
  type PasswordPolicyName,
  passwordPolicies,
} from '../../src/passwords/index.ts';

let hasher: PasswordHasher;
beforeAll(async () => {
  hasher = await createPasswordHasher({ concurrency: 1, queue: 100 });
});
afterAll(() => hasher.close());

const context = {
  identifier: 'ada.lovelace@lantern.example',
  words: ['Ada Lovelace', 'Gatehouse', 'Lantern Travel'],
};
const check = (password: string, policy: PasswordPolicyName = 'nist') =>
  checkPassword(
    {
      hasher,
      passwordPolicy: passwordPolicies[policy],
      breaches: { check: () => Promise.resolve(false) },
      onUnknownBreach: 'allow',
      // For whom there is no account, nothing is looked up.
      database: { pool: { query: () => Promise.reject(new Error('nothing to look up')) } },
    },
    password,
    context,
  );

describe('a password', () => {
  test.each([
    ['a few words', 'a long sentence nobody guesses'],
    ['from a manager', '09g5BdZ9VVbHfi5TGSBI'],
    ['words with a name among them', 'ada likes strange violet umbrellas'],
    ['of 128 characters and more', `${'the quick brown fox jumps over a lazy dog and '.repeat(4)}x`],
    ['in another script', 'длинная фраза которую никто не угадает'],
    ['of fifteen characters that are one code point each', '🦊🐢🦉🐙🦔🐬🦩🐝🦎🐌🦚🐫🦥🐧🦂'],
  ])('%s is good', async (_what, password) => {
    expect(await check(password)).toBeUndefined();
  });

  test.each([
    ['fourteen characters', 'fourteen chars', 'too_short'],
    ['more than anybody types', 'x'.repeat(1025), 'too_long'],
    ['the identifier', 'Ada.Lovelace@Lantern.example', 'same_as_identifier'],
    ['the name and a year', 'AdaLovelace2026!!', 'personal'],
    ['the address without its signs', 'adalovelacelantern', 'personal'],
    ['the service and a number', 'gatehouse-gatehouse-1', 'personal'],
    ['the app', 'lantern travel lantern', 'personal'],
    ['one word again and again', 'passwordpassword', 'repeats'],
    ['one letter', 'aaaaaaaaaaaaaaaaaaa', 'repeats'],
    ['what many people use', 'qwertyuiopasdfghjkl', 'common'],
    ['digits in a row', '123456789012345678', 'common'],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz', 'sequence'],
  ])('%s is refused, and why is said', async (_what, password, problem) => {
    expect(await check(password)).toBe(problem);
  });

  test('width and composition make no other password of it', async () => {
    expect(await check('ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ')).toBe('repeats');
    expect(await check('ﬁve ﬁne ﬁsh')).toBe('too_short');
  });
});

describe('presets', () => {
  test.each([
    ['pci-dss-4', 'violet 4 umb', undefined],
    ['pci-dss-4', 'violet 4 um', 'too_short'],
    ['pci-dss-4', 'violet umbrellas', 'letter_and_digit'],
    ['pci-dss-4', '8364 9021 7745', 'letter_and_digit'],
    ['legacy-ad', 'xK7#pq2v', undefined],
    ['legacy-ad', 'vIolt4/', 'too_short'],
    ['legacy-ad', 'violetumbrella4', 'three_kinds'],
    ['legacy-ad', 'Password1', 'common'],
  ] as const)('%s: %s is %s', async (policy, password, problem) => {
    expect(await check(password, policy)).toBe(problem);
  });
});

describe('whatever is typed', () => {
  test('it is judged as the same in every form of Unicode, and length counts characters after NFKC', async () => {
    const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(texts, async text => {
        const forms = [
          text.normalize('NFC'),
          text.normalize('NFD'),
          text.normalize('NFKC'),
          text.normalize('NFKD'),
        ];
        const problems = await Promise.all(forms.map(form => check(form)));
        expect(new Set(problems).size).toBe(1);
        const isShort = Array.from(text.normalize('NFKC')).length < 15;
        expect(problems[0] === 'too_short').toBe(isShort);
      }),
      { numRuns: 100 },
    );
  });
});
