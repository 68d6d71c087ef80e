import { type FactorName, reachableBy } from '../mfa/index.ts';
import type { ShownStep } from './next-step.ts';

/** Which factors each step of an interaction may prove. Nothing else counts, whatever a step says: see interaction-routes.ts. */
export const provedBy: Readonly<Record<ShownStep, readonly FactorName[]>> = {
  identify: ['passkey'],
  password: ['password', 'passkey'],
  'prove-address': ['email-code'],
  'create-account': ['password'],
  'reset-password': ['password'],
  'challenge-passkey': ['passkey'],
  'challenge-totp': ['totp'],
  'challenge-recovery-code': ['recovery-code'],
  'enrol-passkey': ['passkey'],
  'enrol-totp': ['totp'],
  'offer-passkey': ['passkey'],
  'select-account': [],
  register: [],
  recover: [],
  'change-password': [],
  reopen: [],
  'save-recovery-codes': [],
  'accept-documents': [],
  'complete-profile': [],
  consent: [],
};

interface WayIn {
  /** What can come of it. */
  ends: 'a session' | 'tokens' | 'a session that is worth more';
  factors: readonly FactorName[];
  /** How it meets the resolver. */
  how: string;
}

const all: readonly FactorName[] = ['password', 'email-code', 'passkey', 'totp', 'recovery-code'];
const asSession = 'what the session is worth; more is asked for in an interaction';
const inAccount = 'after a sign-in of the last ten minutes, with a second factor where there is one';

/** Every route after which somebody is signed in, or an app has tokens for them. */
export const waysIn: Readonly<Record<string, WayIn>> = {
  '/interaction/:uid': {
    ends: 'a session',
    factors: all,
    how: 'at every step, and once more before the end: sign-in, registration, invitation, reset, step-up',
  },
  '/auth': { ends: 'tokens', factors: [], how: asSession },
  '/device': { ends: 'tokens', factors: [], how: asSession },
  '/approve/:id': {
    ends: 'tokens',
    factors: [],
    how: 'what the session is worth, with what the client asks and needs (CIBA)',
  },
  '/account/factors/totp': { ends: 'a session that is worth more', factors: ['totp'], how: inAccount },
  '/account/factors/passkey': { ends: 'a session that is worth more', factors: ['passkey'], how: inAccount },
};

/** All other routes of the public listener: nobody is signed in by any of them. A test knows when one is in neither list. */
export const otherRoutes: ReadonlySet<string> = new Set([
  // What was decided before is redeemed, asked for, read, or taken away.
  '/token',
  '/backchannel',
  '/device/auth',
  '/request',
  '/me',
  '/jwks',
  '/reg',
  '/session/end',
  '/session/check',
  '/token/introspection',
  '/token/revocation',
  // Who makes an account, sets a password, or takes something back here signs in afterwards.
  '/setup/:token',
  '/register/:token',
  '/recover/:token',
  '/reopen/:token',
  '/not-me/:token',
  '/unlock/:token',
  '/confirm-email/:token',
  '/undo-email/:token',
  '/reset-factors/:token',
  '/approve',
  '/launch/:clientId',
  // Of who is signed in.
  '/account',
  '/account/profile',
  '/account/avatar',
  '/account/email',
  '/account/password',
  '/account/factors',
  '/account/preferences',
  '/account/export',
  '/account/export/:id',
  '/account/export/:id/copy.json',
  '/account/activity',
  '/account/close',
  // For everybody.
  '/brand/accent/:file',
  '/brand/logo/:client',
  '/avatars/:file',
  '/documents/:name',
  '/receipts/:id',
  '/.well-known/webauthn',
]);

/** For the documentation: what can be reached by which way. */
export function waysInTable(): string {
  const ofRoutes = Object.entries(waysIn).map(([route, { ends, factors, how }]) =>
    row(`\`${route}\``, ends, factors, how),
  );
  const ofSteps = Object.entries(provedBy)
    .filter(([, factors]) => factors.length > 0)
    .map(([step, factors]) => row(`step \`${step}\``, 'a proof', factors, 'in `/interaction/:uid`'));
  return [
    '| way | ends in | factors that it may count | reaches at most, by itself | meets the resolver |',
    '| --- | --- | --- | --- | --- |',
    ...ofRoutes,
    ...ofSteps,
  ].join('\n');
}

function row(way: string, ends: string, factors: readonly FactorName[], how: string): string {
  const reached =
    factors.length === 0 ? 'what the session is worth' : (reachableBy(factors) ?? 'nothing alone');
  const named = factors.length === 0 ? 'none of its own' : factors.join(', ');
  return `| ${way} | ${ends} | ${named} | ${reached.startsWith('urn:') ? `\`${reached}\`` : reached} | ${how} |`;
}
