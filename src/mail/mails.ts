/** What stands in a mail beside its words: a code to enter, an address to open, and what the words have places for. */
export interface MailContent {
  code?: string;
  url?: string;
  values?: Readonly<Record<string, string>>;
}

/**
 * Every mail there is, each with an example of what it is given. The words are `mail.<name>.…` in config/locales:
 * `subject`, `text`, `action` where there is an address to open, and `end` for what comes last.
 */
export const mails = {
  'confirm-address': {
    code: '4096 7315',
    url: 'https://id.example.com/register/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { minutes: '30' },
  },
  'already-registered': {},
  invitation: {
    url: 'https://id.example.com/register/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { issuer: 'https://id.example.com', days: '7' },
  },
  'reset-password': {
    code: '4096 7315',
    url: 'https://id.example.com/recover/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { minutes: '30' },
  },
  'password-changed': { url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' },
  'confirm-new-email': {
    url: 'https://id.example.com/confirm-email/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { minutes: '30' },
  },
  'email-taken': {},
  'confirm-email-change': {
    url: 'https://id.example.com/confirm-email/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { email: 'countess@example.com', minutes: '30' },
  },
  'email-changed': {
    url: 'https://id.example.com/undo-email/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { email: 'countess@example.com' },
  },
  'factor-enrolled': {
    url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { factor: 'totp' },
  },
  'factor-removed': {
    url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { factor: 'passkey' },
  },
  'factors-reset-ordered': {
    url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { reason: 'lost the phone, seen in person' },
  },
  'factors-reset': { url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' },
  'recovery-codes-renewed': {
    url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
  },
  'recovery-code-used': {
    url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { left: '9' },
  },
  'second-factor-due': {
    url: 'https://id.example.com/account/factors',
    values: { date: '26 December 2026' },
  },
  'sign-in-code': { code: '4096 7315', values: { minutes: '10' } },
  'new-device': {
    url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { app: 'Lantern Travel' },
  },
  'locked-down': {
    url: 'https://id.example.com/recover/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { minutes: '30' },
  },
  'too-many-attempts': {
    url: 'https://id.example.com/unlock/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { minutes: '30' },
  },
  'sessions-ended': { url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' },
  'app-allowed': {
    url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { app: 'Lantern Travel' },
  },
  'export-ready': { url: 'https://id.example.com/account/export' },
  'account-deactivated': { url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' },
  'account-closing': {
    url: 'https://id.example.com/reopen/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
    values: { date: '26 December 2026' },
  },
  'account-reopened': { url: 'https://id.example.com/not-me/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' },
  'account-erased': { url: 'https://id.example.com/receipts/0193a1b2-0000-7000-8000-000000000000' },
  'set-up': { values: { name: 'Ada Lovelace', issuer: 'https://id.example.com' } },
  approve: {
    url: 'https://id.example.com/approve/0193',
    values: { app: 'Lantern Travel', message: 'Till 4, order 1187' },
  },
} as const satisfies Record<string, MailContent>;

export type MailName = keyof typeof mails;

/** Those about something that was done to an account: they say when, with which browser and from where as well. */
export const notices: ReadonlySet<MailName> = new Set<MailName>([
  'password-changed',
  'email-changed',
  'new-device',
  'factor-enrolled',
  'factor-removed',
  'factors-reset',
  'recovery-codes-renewed',
  'recovery-code-used',
  'too-many-attempts',
  'sessions-ended',
  'app-allowed',
  'account-deactivated',
  'account-closing',
  'account-reopened',
]);

type Given<Example> = {
  [Key in keyof Example]: Example[Key] extends string ? string : { [Value in keyof Example[Key]]: string };
};

/** What this mail has to be given. */
export type ContentOf<Name extends MailName> = Given<(typeof mails)[Name]>;
