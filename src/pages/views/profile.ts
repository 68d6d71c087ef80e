import { defineView, type View } from '../view.ts';

interface Field {
  id: string;
  /** Keys of messages. */
  label: string;
  hint: string | null;
  /** HTML, section 4.10.18.7.1: by which browsers fill it in. */
  autocomplete: string;
  type: string;
}

/** A field as it stands on the page, in words. */
export interface ProfileInput extends Field {
  isOptional: boolean;
  value: string;
  /** One of these; null where it is typed. */
  options: { value: string; label: string; isChosen: boolean }[] | null;
}

function field(
  id: string,
  autocomplete: string,
  own: Partial<Omit<Field, 'id' | 'autocomplete'>> = {},
): Field {
  return { id, autocomplete, label: `profile.${id}`, hint: null, type: 'text', ...own };
}

/** In the order in which they stand on the page. */
export const profileFields: readonly Field[] = [
  field('name', 'name', { label: 'name.label' }),
  field('username', 'username', { hint: 'profile.username-hint' }),
  field('given_name', 'given-name'),
  field('middle_name', 'additional-name'),
  field('family_name', 'family-name'),
  field('nickname', 'nickname'),
  field('gender', 'sex'),
  field('birthdate', 'bday', { hint: 'profile.birthdate-hint' }),
  field('phone_number', 'tel', { type: 'tel' }),
  field('profile', 'off', { type: 'url' }),
  field('website', 'url', { type: 'url' }),
  field('zoneinfo', 'off', { hint: 'profile.zoneinfo-hint' }),
  field('locale', 'language', { hint: 'profile.locale-hint' }),
  field('street_address', 'street-address'),
  field('postal_code', 'postal-code'),
  field('locality', 'address-level2'),
  field('region', 'address-level1'),
  field('country', 'country-name'),
];

export interface ProfileModel {
  action: string;
  csrf: string;
  inputs: ProfileInput[];
  /** What others say of the person. */
  facts: { label: string; value: string }[];
}

const values: Readonly<Record<string, string>> = {
  name: 'Ada Lovelace',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
};

export const sampleInputs: ProfileInput[] = [
  ...profileFields.map(each => ({
    ...each,
    label: each.id.replaceAll('_', ' '),
    hint: each.hint === null ? null : 'As in 1815-12-10',
    isOptional: each.id !== 'name',
    value: values[each.id] ?? '',
    options: null,
  })),
  {
    id: 'department',
    label: 'Department',
    hint: null,
    autocomplete: 'off',
    type: 'text',
    isOptional: true,
    value: 'Engines',
    options: ['Engines', 'Looms'].map(each => ({ value: each, label: each, isChosen: each === 'Engines' })),
  },
];
const model: ProfileModel = {
  action: '#',
  csrf: 'sample',
  inputs: sampleInputs,
  facts: [{ label: 'Employee number', value: '1843' }],
};

export const profileView = defineView<ProfileModel, string>({
  name: 'profile',
  fields: sampleInputs.map(({ id }) => id),
  hinted: profileFields.filter(({ hint }) => hint !== null).map(({ id }) => id),
  samples: {
    'some of it': { model },
    'everything wrong': {
      model: { ...model, inputs: sampleInputs.map(each => ({ ...each, value: 'x' })) },
      problems: {
        name: 'name.missing',
        birthdate: 'profile.birthdate-invalid',
        phone_number: 'profile.phone-invalid',
        website: 'profile.website-invalid',
        zoneinfo: 'profile.zoneinfo-invalid',
        locale: 'profile.locale-invalid',
        country: 'profile.too-long',
        department: 'profile.required',
      },
    },
  },
});

/** With the fields that there are. */
export function profileViewOf(names: readonly string[]): View<ProfileModel, string> {
  return { ...profileView, fields: names };
}
