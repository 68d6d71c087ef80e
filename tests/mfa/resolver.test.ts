import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Acr,
  achievedBy,
  acrValues,
  assertedAcr,
  isAtLeast,
  multiFactor,
  phishingResistant,
  reachableBy,
  singleFactor,
} from '../../src/mfa/assurance.ts';
import type { FactorName, Proof } from '../../src/mfa/factor.ts';
import {
  type AssuranceQuestion,
  hasSecondFactor,
  resolveAssurance,
  strictestPolicy,
} from '../../src/mfa/resolve-assurance.ts';

const names: FactorName[] = ['password', 'email-code', 'passkey', 'totp', 'recovery-code'];
const acr = fc.constantFrom<Acr>(...acrValues);
const proof = fc.record({
  factor: fc.constantFrom(...names),
  at: fc.integer({ min: 0, max: 1000 }),
  isUserVerified: fc.boolean(),
});
const question = fc.record<AssuranceQuestion>({
  achieved: acr,
  means: fc.record({ passkeys: fc.nat(2), hasTotp: fc.boolean(), recoveryCodes: fc.nat(10) }),
  policy: fc.constantFrom('off', 'optional', 'required'),
  dueAt: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
  now: fc.constant(5),
  required: acr,
  preferred: fc.option(acr, { nil: undefined }),
  isTrustedBrowser: fc.boolean(),
});

describe('what proofs are worth', () => {
  const of = (...proofs: (Partial<Proof> & { factor: FactorName })[]) =>
    achievedBy(proofs.map(each => ({ at: 7, ...each })));

  test.each<[Acr, (Partial<Proof> & { factor: FactorName })[]]>([
    [singleFactor, [{ factor: 'password' }]],
    [singleFactor, [{ factor: 'email-code' }]],
    [singleFactor, [{ factor: 'password' }, { factor: 'email-code' }]],
    [multiFactor, [{ factor: 'password' }, { factor: 'totp' }]],
    [multiFactor, [{ factor: 'email-code' }, { factor: 'recovery-code' }]],
    [phishingResistant, [{ factor: 'password' }, { factor: 'passkey' }]],
    [phishingResistant, [{ factor: 'passkey', isUserVerified: true }]],
  ])('%s for %j', (expected, proofs) => {
    expect(of(...proofs).acr).toBe(expected);
  });

  test('a second factor alone is nothing', () => {
    for (const factor of ['totp', 'recovery-code', 'passkey'] as const) {
      expect(() => of({ factor })).toThrow();
    }
    expect(reachableBy(['totp', 'recovery-code'])).toBeUndefined();
  });

  test('one more proof never makes it less, and the time is that of the oldest', () => {
    fc.assert(
      fc.property(fc.array(proof, { minLength: 1, maxLength: 4 }), proof, acr, (proofs, more, before) => {
        const session = { acr: before, amr: ['pwd'], at: 500 };
        const less = achievedBy(proofs, session);
        const all = achievedBy([...proofs, more], session);
        expect(isAtLeast(all.acr, less.acr)).toBe(true);
        expect(isAtLeast(less.acr, before)).toBe(true);
        expect(all.at).toBe(Math.min(500, more.at, ...proofs.map(({ at }) => at)));
        expect(all.amr.includes('mfa')).toBe(isAtLeast(all.acr, multiFactor));
      }),
    );
  });

  test('what is asserted is true, and one of those asked for where one of them is', () => {
    fc.assert(
      fc.property(acr, fc.array(acr), (achieved, values) => {
        const asserted = assertedAcr(achieved, { values, isEssential: false });
        expect(isAtLeast(achieved, asserted)).toBe(true);
        if (values.some(value => isAtLeast(achieved, value))) expect(values).toContain(asserted);
        else expect(asserted).toBe(achieved);
      }),
    );
  });
});

describe('what is missing', () => {
  test('who lacks what an app requires is never let through', () => {
    fc.assert(
      fc.property(question, asked => {
        const missing = resolveAssurance(asked);
        if (!isAtLeast(asked.achieved, asked.required)) expect(missing.step).not.toBe('nothing');
      }),
    );
  });

  test('who has a second factor is never let through with one, but in a browser they trust', () => {
    fc.assert(
      fc.property(question, asked => {
        const isOneFactor = asked.achieved === singleFactor && hasSecondFactor(asked.means);
        if (isOneFactor && !asked.isTrustedBrowser) {
          expect(resolveAssurance(asked).step).toBe('challenge');
        }
      }),
    );
  });

  test('asks only for what the account has, and for nothing new before what there is', () => {
    fc.assert(
      fc.property(question, asked => {
        const missing = resolveAssurance(asked);
        const { passkeys, hasTotp, recoveryCodes } = asked.means;
        if (missing.step === 'challenge') {
          expect(missing.factors.length).toBeGreaterThan(0);
          if (missing.factors.includes('passkey')) expect(passkeys).toBeGreaterThan(0);
          if (missing.factors.includes('totp')) expect(hasTotp).toBe(true);
          if (missing.factors.includes('recovery-code')) expect(recoveryCodes).toBeGreaterThan(0);
        }
        if (missing.step === 'enrol' && hasSecondFactor(asked.means)) {
          expect(isAtLeast(asked.achieved, multiFactor)).toBe(true);
        }
      }),
    );
  });

  test('what an app would only like sets nothing up', () => {
    const means = { passkeys: 0, hasTotp: false, recoveryCodes: 0 };
    const asked = {
      achieved: singleFactor,
      means,
      policy: 'optional',
      dueAt: undefined,
      now: 0,
      required: singleFactor,
      preferred: phishingResistant,
      isTrustedBrowser: false,
    } as const;
    expect(resolveAssurance(asked)).toEqual({ step: 'nothing' });
    expect(resolveAssurance({ ...asked, required: multiFactor, policy: 'off' })).toEqual({
      step: 'impossible',
    });
  });

  test('the strictest policy counts', () => {
    expect(strictestPolicy('off', 'optional')).toBe('optional');
    expect(strictestPolicy('optional', 'required', undefined)).toBe('required');
    expect(strictestPolicy(undefined)).toBe('off');
  });
});
