/** What an event says beside who, whom, when and from where. Strings only: they are put into sentences. */
type Details = Readonly<Record<string, string>>;

interface EventType {
  /** An example of the details it is recorded with. */
  details?: Details;
  /** Where it says that something was tried in vain. */
  outcome?: 'failure';
  /** No account reads of it among its own events, so that it has no words for people. */
  isAboutNobody?: true;
}

/**
 * Everything that is recorded, each with an example of its details. Its words for the owner of the account are
 * `activity.<type>` in config/locales.
 */
export const eventTypes = {
  'account.created': {},
  'account.deactivated': {},
  'account.closing': {},
  'account.reopened': {},
  'account.erased': {},
  'sign-in.succeeded': { details: { methods: 'pwd' } },
  'sign-in.stepped-up': { details: { methods: 'pwd otp mfa' } },
  'sign-in.failed': { outcome: 'failure' },
  'factor.enrolled': { details: { factor: 'totp' } },
  'factor.removed': { details: { factor: 'totp' } },
  'factor.failed': { outcome: 'failure', details: { factor: 'totp' } },
  'factor.copied': { outcome: 'failure', details: { factor: 'passkey' } },
  'factors.reset-ordered': { details: { reason: 'lost the phone, seen in person' } },
  'factors.reset-approved': {},
  'factors.reset': {},
  'recovery-codes.renewed': {},
  'recovery-code.used': { details: { left: '9' } },
  'browser.trusted': {},
  'browser.distrusted': {},
  'password.changed': {},
  'reset-link.created': {},
  'email.changed': {},
  'email.proven': {},
  'email.undone': {},
  'account.locked-down': {},
  'account.unlocked': {},
  'password.reset': {},
  'profile.changed': { details: { claims: 'name phone_number' } },
  'avatar.changed': {},
  'avatar.removed': {},
  'export.requested': {},
  'export.read': {},
  'session.ended': {},
  'session.displaced': {},
  'sessions.ended': {},
  'document.accepted': { details: { document: 'terms', version: 'digest' } },
  'consent.allowed': { details: { scopes: 'openid profile' } },
  'consent.withdrawn': {},
  'group.member-added': { details: { name: 'Finance' } },
  'group.member-removed': { details: { name: 'Finance' } },
  'role.assigned': { details: { name: 'auditor' } },
  'role.unassigned': { details: { name: 'auditor' } },
  'permission.created': { isAboutNobody: true },
  'permission.deleted': { isAboutNobody: true },
  'role.created': { isAboutNobody: true },
  'role.changed': { isAboutNobody: true },
  'role.deleted': { isAboutNobody: true },
  'group.created': { isAboutNobody: true },
  'group.changed': { isAboutNobody: true },
  'group.deleted': { isAboutNobody: true },
} as const satisfies Record<string, EventType>;

export type EventTypeName = keyof typeof eventTypes;

/** Those about no account. */
export type ChangeTypeName = {
  [Type in EventTypeName]: (typeof eventTypes)[Type] extends { isAboutNobody: true } ? Type : never;
}[EventTypeName];

/** The details that an event of this type is recorded with. */
export type DetailsOf<Type extends EventTypeName> = (typeof eventTypes)[Type] extends {
  details: infer Example;
}
  ? { details: { [Name in keyof Example]: string } }
  : { details?: undefined };

export function outcomeOf(type: EventTypeName): 'success' | 'failure' {
  const { outcome }: EventType = eventTypes[type];
  return outcome ?? 'success';
}
