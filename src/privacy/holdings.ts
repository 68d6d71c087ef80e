import type { CopyPart } from './copy-schema.ts';

/** A table with something about people, and what becomes of it. */
export interface Holding {
  /** What it is, for people. */
  what: string;
  /** What it is needed for. */
  why: string;
  /** How long it is kept while the account exists. */
  kept: string;
  /** The column with the id of the account: its rows go with the account and are counted in the receipt. */
  column?: 'id' | 'account_id';
  /** Where in the copy of its owner it is, or why not there. */
  copy: CopyPart | { not: string };
  /** How an erasure finds what no such column leads to. */
  erasure?: string;
}

const withAccount = 'as long as the account';

/** Everything that is held about people. A test compares this with the tables that there are. */
export const holdings: Readonly<Record<string, Holding>> = {
  account: {
    what: 'Address, name and the rest of the profile',
    why: 'to know who signs in, and to tell apps what they may know',
    kept: withAccount,
    column: 'id',
    copy: 'account',
  },
  avatar: {
    what: 'The picture, as we made it from what was uploaded',
    why: 'to show it to apps that may see the profile',
    kept: 'until it is replaced or removed',
    column: 'account_id',
    copy: 'picture',
  },
  group_member: {
    what: 'Which groups the account is in, and since when',
    why: 'to know what it may do',
    kept: 'until it is taken out',
    column: 'account_id',
    copy: 'roles',
  },
  role_assignment: {
    what: 'Which roles the account has, with their limits',
    why: 'to know what it may do',
    kept: 'until it is taken away',
    column: 'account_id',
    copy: 'roles',
  },
  password_credential: {
    what: 'A hash of the password',
    why: 'to check it',
    kept: withAccount,
    column: 'account_id',
    copy: 'account',
  },
  totp_credential: {
    what: 'The key of an authenticator app, sealed',
    why: 'to check its codes',
    kept: 'until it is removed',
    column: 'account_id',
    copy: 'factors',
  },
  passkey: {
    what: 'Public keys of passkeys, what their owner calls them, and when they were used',
    why: 'to check them, and so that the person finds and can remove them',
    kept: 'until it is removed',
    column: 'account_id',
    copy: 'factors',
  },
  recovery_code: {
    what: 'Digests of recovery codes',
    why: 'to check them',
    kept: 'until there are new ones, or no second factor is left',
    column: 'account_id',
    copy: 'factors',
  },
  trusted_browser: {
    what: 'Browsers in which somebody wants to be asked less',
    why: 'so that they are, and can take it back',
    kept: '`TRUSTED_BROWSER_DAYS`, or until a password or factor changes',
    column: 'account_id',
    copy: 'trusted_browsers',
  },
  factor_reminder: {
    what: 'When a second factor is due, and when a passkey may be offered again',
    why: 'so that nobody is asked every time',
    kept: withAccount,
    column: 'account_id',
    copy: { not: 'a date for our pages' },
  },
  factor_reset: {
    what: 'That an administrator lets an account go without its second factors, and who',
    why: 'so that two of them have to agree, where that is wanted',
    kept: 'a day after it is over',
    column: 'account_id',
    copy: { not: 'the activity says it' },
  },
  former_password: {
    what: 'Hashes of the passwords before it',
    why: 'where `PASSWORD_POLICY` lets nobody repeat them',
    kept: 'as many as the policy looks back on',
    column: 'account_id',
    copy: { not: 'hashes' },
  },
  account_session: {
    what: 'Where somebody is signed in: browser and times',
    why: 'so that the person finds it and can end it',
    kept: 'a day longer than `SESSION_IDLE_DAYS`',
    column: 'account_id',
    copy: 'sessions',
  },
  consent: {
    what: 'What an app was allowed',
    why: 'so that nobody is asked twice, and can take it back',
    kept: 'until it is withdrawn',
    column: 'account_id',
    copy: 'apps',
  },
  consent_grant: {
    what: 'Which grants an app got',
    why: 'so that a withdrawal ends all of them',
    kept: 'until they expire or are withdrawn',
    column: 'account_id',
    copy: { not: 'technical: what the app was allowed is said' },
  },
  backchannel_request: {
    what: 'Requests of apps for somebody who is elsewhere',
    why: 'so that the person can approve them',
    kept: 'a day longer than they last',
    column: 'account_id',
    copy: 'requests_of_apps',
  },
  email_challenge: {
    what: 'Codes and links that were mailed to an address',
    why: 'to prove that somebody reads what arrives there',
    kept: 'a day',
    column: 'account_id',
    erasure: 'those for the same address before there was an account go too',
    copy: 'codes',
  },
  email_change: {
    what: 'Another address for an account, on its way',
    why: 'so that it counts when both ends agree',
    kept: 'a day',
    column: 'account_id',
    copy: 'email_changes',
  },
  one_use_link: {
    what: 'Links in mails that undo something, and the address before a change',
    why: 'so that who did not want it can take it back',
    kept: '14 days, for a closed account until it is erased',
    column: 'account_id',
    copy: 'links',
  },
  outgoing_mail: {
    what: 'Mail on its way, sealed',
    why: 'so that none is lost',
    kept: 'its words until it is sent, the rest for 7 days',
    column: 'account_id',
    erasure: 'what has not left for the same address goes too',
    copy: 'mails',
  },
  preference: {
    what: 'How somebody would like our pages and mails, and what apps keep for them',
    why: 'so that it is as they like it',
    kept: withAccount,
    column: 'account_id',
    copy: 'preferences',
  },
  document_acceptance: {
    what: 'Which version of which document somebody agreed to, and when',
    why: 'to show that they did',
    kept: withAccount,
    column: 'account_id',
    copy: 'documents',
  },
  data_export: {
    what: 'Copies of all this that somebody asked for, sealed',
    why: 'so that they can fetch them',
    kept: '`EXPORT_DAYS`',
    column: 'account_id',
    copy: 'copies',
  },
  audit_subject: {
    what: 'The key that opens the events of an account',
    why: 'so that events are about nobody once it is gone',
    kept: withAccount,
    column: 'account_id',
    copy: { not: 'a key' },
  },
  audit_event: {
    what: 'What happened to an account, sealed with its own key',
    why: 'so that the person, and whoever looks into an incident, can tell',
    kept: '`RETENTION_EVENTS_DAYS`',
    erasure: 'the key goes; the event stays, about nobody',
    copy: 'activity',
  },
  backchannel_logout: {
    what: 'Apps that have to be told of a sign-out',
    why: 'so that they end their sessions too',
    kept: '7 days after they were told',
    erasure: 'goes as soon as the app was told',
    copy: { not: 'technical: a message to an app' },
  },
  attempt_bucket: {
    what: 'Attempts to sign in, counted under digests of identifiers and addresses',
    why: 'so that passwords cannot be guessed',
    kept: 'a day after the last attempt',
    erasure: 'the count of the address goes',
    copy: { not: 'under digests: nobody can tell whose they are' },
  },
  artifact: {
    what: 'Sessions, grants, tokens and requests under way (in Redis, where there is one)',
    why: 'to speak OpenID Connect',
    kept: 'until each expires',
    erasure: 'all that names the account or its address is looked for and goes',
    copy: { not: 'secrets for machines; sessions and apps are said' },
  },
  erasure: {
    what: 'Receipts of erasures, about nobody',
    why: 'to show that an erasure was done',
    kept: 'for ever',
    erasure: 'holds what is still looked for, sealed, until it is done',
    copy: { not: 'about nobody' },
  },
};

/** Tables with nothing about people. */
export const impersonal: readonly string[] = [
  '_prisma_migrations',
  'access_version',
  'audit_checkpoint',
  'audit_leaf',
  'audit_node',
  'audit_pending',
  'authorization_details_type',
  'client',
  'document_version',
  'group',
  'group_nesting',
  'initial_access_token',
  'key',
  'permission',
  'resource_server',
  'role',
  'role_inclusion',
  'role_rule',
  'setup_link',
];
