import { z } from 'zod';
import { define } from './definition.ts';
import { commaList, host, wholeNumber } from './formats.ts';

/** Settings about people: who may have an account, and how often they may be wrong. */
export const accountSettings = {
  accountRegistration: define({
    env: 'ACCOUNT_REGISTRATION',
    schema: z.enum(['open', 'domains', 'invitation', 'closed'], {
      error: 'must be open, domains, invitation or closed',
    }),
    fallback: undefined,
    fallbackNote: '`open` in development, otherwise `closed`',
    describe:
      'Who may make an account on the pages: anybody, people with an address at one of `ACCOUNT_REGISTRATION_DOMAINS`, those whom an operator invites (who may be invited with the other two as well), or nobody.',
  }),
  accountRegistrationDomains: define({
    env: 'ACCOUNT_REGISTRATION_DOMAINS',
    schema: commaList(host),
    fallback: '',
    fallbackNote: 'none',
    describe: 'Domains of email addresses, for `ACCOUNT_REGISTRATION=domains`. Subdomains do not count.',
  }),
  accountUsernames: define({
    env: 'ACCOUNT_USERNAMES',
    schema: z.enum(['off', 'optional'], { error: 'must be off or optional' }),
    fallback: 'off',
    describe:
      'Whether people may have a name to sign in with beside their address. It is not secret: whoever asks for one learns whether it is taken.',
  }),
  invitationDays: define({
    env: 'INVITATION_DAYS',
    schema: wholeNumber(1, 90),
    fallback: '7',
    describe: 'How long an invitation is good.',
  }),
  documentsDir: define({
    env: 'DOCUMENTS_DIR',
    schema: z.string().regex(/^(\/|[A-Za-z]:\\)/, 'must be the absolute path of a folder'),
    fallback: undefined,
    describe:
      'Documents that people agree to before they reach an app, and again when one changes: a folder for each, such as `terms`, with a text for each language, such as `en.txt` (title, empty line, paragraphs).',
  }),
  accountClosingDays: define({
    env: 'ACCOUNT_CLOSING_DAYS',
    schema: wholeNumber(0, 365),
    fallback: '30',
    describe: 'For how long somebody who closed their account can take that back. Then it is erased.',
  }),
  avatarMegabytes: define({
    env: 'AVATAR_MEGABYTES',
    schema: wholeNumber(1, 50),
    fallback: '5',
    describe:
      'How large a picture may be that somebody uploads; what a phone makes is smaller. A proxy in front has to pass as much.',
  }),
  avatarMegapixels: define({
    env: 'AVATAR_MEGAPIXELS',
    schema: wholeNumber(1, 200),
    fallback: '50',
    describe:
      'How many pixels it may have, in millions; each takes four bytes of memory while it is read. Looked at before anything is unpacked.',
  }),
  exportDays: define({
    env: 'EXPORT_DAYS',
    schema: wholeNumber(1, 30),
    fallback: '7',
    describe: 'For how long somebody can fetch the copy of their data that they asked for.',
  }),
  exportEveryHours: define({
    env: 'EXPORT_EVERY_HOURS',
    schema: wholeNumber(1, 720),
    fallback: '24',
    describe: 'How long after one copy somebody may ask for the next.',
  }),
  retentionEventsDays: define({
    env: 'RETENTION_EVENTS_DAYS',
    schema: wholeNumber(90, 3650),
    fallback: '365',
    describe: 'How long it is kept what happened to accounts. Their owners are shown 90 days of it.',
  }),
  auditWitnessFile: define({
    env: 'AUDIT_WITNESS_FILE',
    schema: z.string().regex(/^(\/|[A-Za-z]:\\)/, 'must be the absolute path of a file'),
    fallback: undefined,
    describe:
      'A file to which signed checkpoints of the record of events are added, a line each. Keep it where who may change the database may not: `node src/cli.ts audit verify --witness <file>` compares.',
  }),
  sessionIdleDays: define({
    env: 'SESSION_IDLE_DAYS',
    schema: wholeNumber(1, 365),
    fallback: '14',
    describe: 'Who uses no app for this long in a browser has to sign in there again.',
  }),
  sessionTotalDays: define({
    env: 'SESSION_TOTAL_DAYS',
    schema: wholeNumber(1, 365),
    fallback: '30',
    describe:
      'However much a browser is used, after this the person signs in again (NIST SP 800-63B-4 section 2.1.3).',
  }),
  sessionsPerAccount: define({
    env: 'SESSIONS_PER_ACCOUNT',
    schema: wholeNumber(1, 1000),
    fallback: '100',
    describe:
      'In how many browsers somebody may be signed in at once. One more signs out where they were active longest ago.',
  }),
  attemptsPerIdentifier: define({
    env: 'ATTEMPTS_PER_IDENTIFIER',
    schema: wholeNumber(1, 100),
    fallback: '5',
    describe:
      'Wrong passwords for one identifier before whoever goes on has to wait. A browser in which that person signed in before has as many of its own.',
  }),
  attemptsPerAddress: define({
    env: 'ATTEMPTS_PER_ADDRESS',
    schema: wholeNumber(1, 100_000),
    fallback: '100',
    describe:
      'Wrong passwords, wrong codes of devices, and requests for mail, each, from one address (of IPv6 one /64) before it has to wait. Behind a proxy all people have one address unless `TRUSTED_PROXIES` names the proxy.',
  }),
  attemptWaitSeconds: define({
    env: 'ATTEMPT_WAIT_SECONDS',
    schema: wholeNumber(1, 3600),
    fallback: '30',
    describe: 'The first wait. Each wrong attempt after it doubles the wait.',
  }),
  attemptLongestWaitSeconds: define({
    env: 'ATTEMPT_LONGEST_WAIT_SECONDS',
    schema: wholeNumber(1, 86_400),
    fallback: '3600',
    describe:
      'The longest wait, and the time between mails that offer a person to go on at once. Without attempts for a day (of an address: an hour) all is forgotten.',
  }),
  codeMinutes: define({
    env: 'CODE_MINUTES',
    schema: wholeNumber(5, 60),
    fallback: '30',
    describe:
      'How long a code or link by mail is good: long enough for slow mail and a walk to the other device.',
  }),
  codeTries: define({
    env: 'CODE_TRIES',
    schema: wholeNumber(1, 20),
    fallback: '5',
    describe:
      'How often a code by mail may be tried; a new code brings no new tries. Five of eight digits are 1 in 20 million.',
  }),
  codeResendSeconds: define({
    env: 'CODE_RESEND_SECONDS',
    schema: wholeNumber(10, 600),
    fallback: '60',
    describe: 'Before another code may be asked for.',
  }),
  codeMailsPerHour: define({
    env: 'CODE_MAILS_PER_HOUR',
    schema: wholeNumber(1, 100),
    fallback: '6',
    describe: 'Mails with codes or links to one address, whatever they are about and whoever asks for them.',
  }),
};
