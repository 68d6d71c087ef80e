import type { Copy, CopyPart } from '../../privacy/index.ts';
import type { CopySection } from '../views/copy.ts';
import { profileFields } from '../views/profile.ts';

interface Words {
  say: (key: string, values?: Record<string, string>) => string;
  time: (at: Date) => string;
  /** What an app is called. */
  app: (clientId: string) => string;
}

type Entry = Record<string, unknown>;

/** In which order they are read, and what each is as a list. The picture is shown. */
const parts: Readonly<Record<Exclude<CopyPart, 'picture'>, (copy: Copy) => readonly Entry[]>> = {
  account: ({ account: { claims, ...rest } }) => [{ ...rest, ...flat(claims) }],
  factors: copy => copy.factors,
  trusted_browsers: copy => copy.trusted_browsers,
  roles: copy => copy.roles,
  sessions: copy => copy.sessions,
  apps: copy => copy.apps,
  requests_of_apps: copy => copy.requests_of_apps,
  documents: copy => copy.documents,
  preferences: copy => copy.preferences,
  email_changes: copy => copy.email_changes,
  activity: copy => copy.activity,
  codes: copy => copy.codes,
  links: copy => copy.links,
  mails: copy => copy.mails,
  copies: copy => copy.copies,
};

/** The copy for people: what there is, under headings, in their language. */
export function copyInWords(copy: Copy, words: Words): CopySection[] {
  return Object.entries(parts).flatMap(([part, list]) => {
    const records = list(copy).map(entry => recordOf(entry, words));
    return records.length === 0 ? [] : [{ heading: words.say(`export.part.${part}`), records }];
  });
}

function recordOf(entry: Entry, words: Words): CopySection['records'][number] {
  return Object.entries(entry).flatMap(([name, value]) => {
    // What the details say is in the words of the event.
    if (value === null || value === undefined || name === 'details') return [];
    const text = inWords(name, value, entry, words);
    return text === '' ? [] : [{ label: labelOf(name, words), value: text }];
  });
}

function inWords(name: string, value: unknown, entry: Entry, { say, time, app }: Words): string {
  if (typeof value === 'boolean') return say(value ? 'export.yes' : 'export.no');
  if (name.endsWith('_at') || name === 'at' || name === 'since') return time(new Date(String(value)));
  if (name === 'client_id') return app(String(value));
  if (name === 'kind') return say(`export.kind.${String(value)}`);
  if (name === 'type') {
    const { details, client_id: clientId } = entry as Copy['activity'][number];
    return say(`activity.${String(value)}`, { ...details, app: app(clientId ?? '') });
  }
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return Object.values(value as object).join(', ');
}

/** `address.locality` beside `name`. */
function flat(claims: Entry): Entry {
  const { address, ...single } = claims;
  const { formatted: _, ...lines } = (address ?? {}) as Entry;
  return { ...single, ...lines };
}

/** Those that have words of their own, `export.field.<name>`. */
const known: ReadonlySet<string> = new Set(
  (
    'id status email email_verified phone_number_verified created_at updated_at password_changed_at user_agent ' +
    'signed_in_at last_used_at ended_at client_id scopes scope since changed_at message decision purpose used_at ' +
    'kind expires_at type at outcome by version accepted_at namespace key value'
  ).split(' '),
);

/** Claims that an administrator thought of are shown as they are called. */
function labelOf(name: string, { say }: Words): string {
  // In the activity it is one of the network; a postal address is shown by its parts.
  if (name === 'address') return say('export.field.from');
  if (known.has(name)) return say(`export.field.${name}`);
  const field = profileFields.find(({ id }) => id === name);
  return field === undefined ? name : say(field.label);
}
