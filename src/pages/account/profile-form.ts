import { z } from 'zod';
import type { ProfileClaims } from '../../accounts/index.ts';

const tooLong = 'profile.too-long';
const text = z.string().trim().max(200, tooLong).default('');
const nameMissing = 'name.missing';

function checked(isValid: (value: string) => boolean, message: string) {
  return text.refine(value => value === '' || isValid(value), message);
}

/** Claims of OpenID Connect Core 1.0 section 5.1 that people may say of themselves. Empty means: nothing. */
export const profileForm = z.object({
  name: z.string({ error: nameMissing }).trim().min(1, nameMissing).max(200, tooLong),
  given_name: text,
  family_name: text,
  nickname: text,
  birthdate: checked(isDate, 'profile.birthdate-invalid'),
  phone_number: checked(value => /^\+?[\d ()./-]{5,30}$/.test(value), 'profile.phone-invalid'),
  website: checked(isWebAddress, 'profile.website-invalid'),
  zoneinfo: checked(isTimeZone, 'profile.zoneinfo-invalid'),
  locale: checked(isLanguage, 'profile.locale-invalid'),
  street_address: text,
  postal_code: text,
  locality: text,
  region: text,
  country: text,
});

export type ProfileForm = z.output<typeof profileForm>;
export type ProfileField = keyof ProfileForm;

const ofAddress = ['street_address', 'postal_code', 'locality', 'region', 'country'] as const;

/** What the form shows of the claims. */
export function formOf(claims: ProfileClaims): Partial<Record<ProfileField, string>> {
  const all = { ...claims, ...(claims['address'] as object | undefined) };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [ProfileField, string] => typeof entry[1] === 'string'),
  );
}

/** The claims that the form says; undefined for those it empties. */
export function claimsOf(form: ProfileForm): ProfileClaims {
  const parts = ofAddress.flatMap(name => (form[name] === '' ? [] : [[name, form[name]] as const]));
  const single = Object.entries(form).filter(([name]) => !ofAddress.some(part => part === name));
  const { street_address: street, postal_code: code, locality, region, country } = form;
  const lines = [street, `${code} ${locality}`.trim(), region, country].filter(line => line !== '');
  return {
    ...Object.fromEntries(single.map(([name, value]) => [name, value === '' ? undefined : value])),
    address: parts.length === 0 ? undefined : { ...Object.fromEntries(parts), formatted: lines.join('\n') },
  };
}

/** A day, or a year alone (section 5.1); of nobody who is not born yet, that any calendar would know. */
function isDate(value: string): boolean {
  if (/^\d{4}$/.test(value)) return true;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value) && value.length === 10;
}

function isWebAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isTimeZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function isLanguage(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}
