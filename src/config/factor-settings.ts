import { z } from 'zod';
import { define } from './definition.ts';
import { certificates, commaList, host, issuer, wholeNumber } from './formats.ts';

const policies = ['off', 'optional', 'required'] as const;
const policyError = 'must be off, optional or required';

/** Settings about what somebody signs in with beside a password. */
export const factorSettings = {
  secondFactor: define({
    env: 'SECOND_FACTOR',
    schema: z.enum(policies, { error: policyError }),
    fallback: 'optional',
    describe:
      'Whether people may, or have to, have a passkey or an authenticator app. Whoever has one is asked for it in any case. An app that wants more than that says so with `acr_values`, an essential `acr` claim, or `minimum_acr` in its registration.',
  }),
  secondFactorOfOwners: define({
    env: 'SECOND_FACTOR_OF_OWNERS',
    schema: z.enum(policies, { error: policyError }),
    fallback: 'required',
    describe: 'The same for those who own this Gatehouse; the stricter of the two counts, and at once.',
  }),
  secondFactorGraceDays: define({
    env: 'SECOND_FACTOR_GRACE_DAYS',
    schema: wholeNumber(0, 365),
    fallback: '14',
    describe:
      'With `SECOND_FACTOR=required`, for how long people without one are only reminded, from the sign-in at which they first hear of it.',
  }),
  trustedBrowserDays: define({
    env: 'TRUSTED_BROWSER_DAYS',
    schema: wholeNumber(0, 365),
    fallback: '30',
    describe:
      'For how long somebody may ask not to be asked for a second factor in a browser; 0 for never. What an app requires is asked for all the same, and no app is told that there were two.',
  }),
  signInByMail: define({
    env: 'SIGN_IN_BY_MAIL',
    schema: z.enum(['on', 'off'], { error: 'must be on or off' }),
    fallback: 'on',
    describe:
      'Whether a code by mail does in place of a password. It is worth no more than one: who reads the mail could reset the password.',
  }),
  newDeviceCode: define({
    env: 'NEW_DEVICE_CODE',
    schema: z.enum(['on', 'off'], { error: 'must be on or off' }),
    fallback: 'off',
    describe:
      'Whether somebody without a second factor has to enter a code by mail too where they never signed in before. Needs mail that arrives within minutes.',
  }),
  factorResetApproval: define({
    env: 'FACTOR_RESET_APPROVAL',
    schema: z.enum(['one', 'two'], { error: 'must be one or two' }),
    fallback: 'one',
    describe:
      'How many administrators it takes to let somebody in who has lost every second factor. With `two` the second one approves what the first has ordered.',
  }),
  administratorStepUp: define({
    env: 'ADMINISTRATOR_STEP_UP',
    schema: z.enum(['on', 'off'], { error: 'must be on or off' }),
    fallback: 'on',
    describe:
      'Whether a person who changes something by the management API has to have signed in with two factors, and lately. Clients that act for themselves do not sign in.',
  }),
  administratorSignInMinutes: define({
    env: 'ADMINISTRATOR_SIGN_IN_MINUTES',
    schema: wholeNumber(1, 1440),
    fallback: '60',
    describe: 'With `ADMINISTRATOR_STEP_UP=on`, how long ago that sign-in may be.',
  }),
  passkeyRpId: define({
    env: 'PASSKEY_RP_ID',
    schema: host,
    fallback: undefined,
    fallbackNote: 'the host of `ISSUER`',
    describe:
      'The domain that passkeys are bound to: the host of the issuer, or a domain above it. Changing it makes every passkey worthless.',
  }),
  passkeyOrigins: define({
    env: 'PASSKEY_ORIGINS',
    schema: commaList(issuer),
    fallback: '',
    fallbackNote: 'none',
    describe:
      'Other origins where the same passkeys may be used, such as a second domain of yours; `/.well-known/webauthn` tells browsers of them.',
  }),
  passkeyAaguids: define({
    env: 'PASSKEY_AAGUIDS',
    schema: commaList(z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'is no AAGUID')),
    fallback: '',
    fallbackNote: 'any',
    describe:
      'Kinds of authenticators that may be enrolled, by AAGUID. Then each has to prove what it is by an attestation that leads to one of `PASSKEY_ATTESTATION_ROOTS`; what syncs its keys has none.',
  }),
  passkeyAttestationRoots: define({
    env: 'PASSKEY_ATTESTATION_ROOTS',
    schema: certificates,
    fallback: undefined,
    describe: 'Certificate authorities of makers of authenticators, in PEM, for `PASSKEY_AAGUIDS`.',
  }),
};
