import type { ProfileClaims } from './account.ts';

/** A claim beside those of OpenID Connect, declared in the settings. */
export interface Attribute {
  name: string;
  type: 'text' | 'number' | 'boolean' | 'date' | 'choice';
  /** By language; what people read. */
  labels: Readonly<Record<string, string>>;
  /** Of a `choice`. */
  choices: readonly string[];
  /** Who sees it on the pages of the account: its owner, or administrators alone. */
  read: 'owner' | 'administrator';
  write: 'owner' | 'administrator';
  /** Releases it to apps; undefined for what stays here. */
  scope: string | undefined;
}

export interface ProfileRules {
  attributes: readonly Attribute[];
  /** Claims, parts of the address and attributes that somebody must have before they reach an app. */
  required: readonly string[];
  /** People may have a name to sign in with. */
  hasUsernames: boolean;
}

/** @returns undefined for what it cannot be */
export function attributeValue(
  { type, choices }: Attribute,
  text: string,
): string | number | boolean | undefined {
  switch (type) {
    case 'text':
      return text;
    case 'number':
      return /^-?\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'date':
      return isDay(text) ? text : undefined;
    case 'choice':
      return choices.includes(text) ? text : undefined;
  }
}

/** Which of those that are required somebody lacks. */
export function missingClaims(claims: ProfileClaims, { required }: ProfileRules): string[] {
  const all = { ...(claims['address'] as object | undefined), ...claims } as Record<string, unknown>;
  return required.filter(name => all[name] === undefined || all[name] === '');
}

/** A day that any calendar knows. */
export function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && text.length === 10;
}
