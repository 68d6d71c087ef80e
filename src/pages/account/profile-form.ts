import { z } from 'zod';
import {
  type Attribute,
  attributeValue,
  isDay,
  isUsername,
  type ProfileClaims,
  type ProfileRules,
} from '../../accounts/index.ts';
import type { Locales } from '../../templates/index.ts';
import { type ProfileInput, profileFields } from '../views/profile.ts';

const tooLong = 'profile.too-long';
const required = 'profile.required';
const text = z.string().trim().max(200, tooLong).default('');

function checked(isValid: (value: string) => boolean, message: string) {
  return text.refine(value => value === '' || isValid(value), message);
}

/** What people may say of themselves, by OpenID Connect Core 1.0 section 5.1. Empty means: nothing. */
const standard = {
  name: text.refine(value => value !== '', 'name.missing'),
  username: checked(isUsername, 'profile.username-invalid'),
  given_name: text,
  middle_name: text,
  family_name: text,
  nickname: text,
  gender: text,
  birthdate: checked(isBirthdate, 'profile.birthdate-invalid'),
  phone_number: checked(value => /^\+?[\d ()./-]{5,30}$/.test(value), 'profile.phone-invalid'),
  profile: checked(isWebAddress, 'profile.website-invalid'),
  website: checked(isWebAddress, 'profile.website-invalid'),
  zoneinfo: checked(isTimeZone, 'profile.zoneinfo-invalid'),
  locale: checked(isLanguage, 'profile.locale-invalid'),
  street_address: text,
  postal_code: text,
  locality: text,
  region: text,
  country: text,
};

export type ProfileForm = Readonly<Record<string, string>>;

const ofAddress: readonly string[] = ['street_address', 'postal_code', 'locality', 'region', 'country'];

/** The form with these fields, or with all that its owner may write. What is required cannot be left empty. */
export function profileForm(rules: ProfileRules, names: readonly string[] = fieldNames(rules)) {
  const fields: Record<string, z.ZodType<string, string | undefined>> = {
    ...standard,
    ...Object.fromEntries(
      rules.attributes.map(each => [
        each.name,
        checked(value => attributeValue(each, value) !== undefined, `profile.${each.type}-invalid`),
      ]),
    ),
  };
  return z.object(
    Object.fromEntries(
      names.flatMap(name => {
        const field = fields[name];
        if (field === undefined) return [];
        return [
          [name, rules.required.includes(name) ? field.refine(value => value !== '', required) : field],
        ];
      }),
    ),
  );
}

/** In the order in which they stand on the page. */
export function fieldNames({ attributes, hasUsernames }: ProfileRules): string[] {
  return [
    ...profileFields.map(({ id }) => id).filter(id => id !== 'username' || hasUsernames),
    ...attributes.filter(({ write }) => write === 'owner').map(({ name }) => name),
  ];
}

/** What the form shows of the claims. */
export function formOf(claims: ProfileClaims): Record<string, string> {
  const all = { ...claims, ...(claims['address'] as object | undefined) };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      ['string', 'number', 'boolean'].includes(typeof value) ? [[name, String(value)]] : [],
    ),
  );
}

/** The claims that the form says; undefined for those it empties. What it does not have stays. */
export function claimsOf(
  form: ProfileForm,
  before: ProfileClaims,
  { attributes }: ProfileRules,
): ProfileClaims {
  const claims: ProfileClaims = {};
  for (const [name, value] of Object.entries(form)) {
    const attribute = attributes.find(each => each.name === name);
    if (ofAddress.includes(name) || name === 'username') continue;
    if (value === '') claims[name] = undefined;
    else claims[name] = attribute === undefined ? value : attributeValue(attribute, value);
  }
  if (ofAddress.some(name => name in form)) claims['address'] = addressOf(form, before);
  return claims;
}

function addressOf(form: ProfileForm, before: ProfileClaims): Record<string, string> | undefined {
  const { formatted: _, ...known } = { ...(before['address'] as Record<string, string> | undefined) };
  const said = Object.entries(form).filter(([name]) => ofAddress.includes(name));
  const all = Object.fromEntries(
    Object.entries({ ...known, ...Object.fromEntries(said) }).filter(([, value]) => value !== ''),
  );
  if (Object.keys(all).length === 0) return undefined;
  const { street_address: street, postal_code: code = '', locality = '', region, country } = all;
  const lines = [street, `${code} ${locality}`.trim(), region, country];
  return { ...all, formatted: lines.filter(line => line !== undefined && line !== '').join('\n') };
}

interface Words {
  locales: Locales;
  locale: string;
}

/** What stands on the page: those fields, with what was entered or is known. */
export function profileInputs(
  rules: ProfileRules,
  names: readonly string[],
  values: Partial<ProfileForm>,
  { locales, locale }: Words,
): ProfileInput[] {
  const say = (key: string) => locales.format(locale, key);
  return names.map(id => {
    const isOptional = id !== 'name' && !rules.required.includes(id);
    const attribute = rules.attributes.find(({ name }) => name === id);
    if (attribute !== undefined)
      return { ...attributeInput(attribute, values[id], { locales, locale }), isOptional };
    const field = profileFields.find(each => each.id === id);
    if (field === undefined) throw new Error(`there is no field "${id}"`);
    const { label, hint } = field;
    return {
      ...field,
      label: say(label),
      hint: hint === null ? null : say(hint),
      isOptional,
      value: values[id] ?? '',
      options: null,
    };
  });
}

function attributeInput(attribute: Attribute, value = '', { locales, locale }: Words): ProfileInput {
  const { name, type, choices } = attribute;
  const option = (each: string, label: string) => ({ value: each, label, isChosen: each === value });
  const answers = [
    option('true', locales.format(locale, 'export.yes')),
    option('false', locales.format(locale, 'export.no')),
  ];
  const options = type === 'boolean' ? answers : choices.map(each => option(each, each));
  return {
    id: name,
    label: labelOf(attribute, locale),
    hint: type === 'date' ? locales.format(locale, 'profile.birthdate-hint') : null,
    autocomplete: 'off',
    type: 'text',
    isOptional: true,
    value,
    options: options.length === 0 ? null : [option('', '—'), ...options],
  };
}

export function labelOf({ labels, name }: Attribute, locale: string): string {
  return labels[locale] ?? labels['en'] ?? name;
}

/** A day, or a year alone (section 5.1). */
function isBirthdate(value: string): boolean {
  return /^\d{4}$/.test(value) || isDay(value);
}

function isWebAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

export function isTimeZone(value: string): boolean {
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
