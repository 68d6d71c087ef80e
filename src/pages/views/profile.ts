import { defineView } from '../view.ts';

export type ProfileFieldId =
  | 'name'
  | 'given_name'
  | 'family_name'
  | 'nickname'
  | 'birthdate'
  | 'phone_number'
  | 'website'
  | 'zoneinfo'
  | 'locale'
  | 'street_address'
  | 'postal_code'
  | 'locality'
  | 'region'
  | 'country';

interface Field {
  id: ProfileFieldId;
  /** Keys of messages. */
  label: string;
  hint: string | null;
  /** HTML, section 4.10.18.7.1: by which browsers fill it in. */
  autocomplete: string;
  type: string;
  isOptional: boolean;
}

function field(
  id: ProfileFieldId,
  autocomplete: string,
  own: Partial<Omit<Field, 'id' | 'autocomplete'>> = {},
): Field {
  return { id, autocomplete, label: `profile.${id}`, hint: null, type: 'text', isOptional: true, ...own };
}

/** In the order in which they stand on the page. */
export const profileFields: readonly Field[] = [
  field('name', 'name', { label: 'name.label', isOptional: false }),
  field('given_name', 'given-name'),
  field('family_name', 'family-name'),
  field('nickname', 'nickname'),
  field('birthdate', 'bday', { hint: 'profile.birthdate-hint' }),
  field('phone_number', 'tel', { type: 'tel' }),
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
  inputs: (Field & { value: string })[];
}

const values: Partial<Record<ProfileFieldId, string>> = {
  name: 'Ada Lovelace',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
};
const inputs = profileFields.map(each => ({ ...each, value: values[each.id] ?? '' }));
const model: ProfileModel = { action: '#', csrf: 'sample', inputs };

export const profileView = defineView<ProfileModel, ProfileFieldId>({
  name: 'profile',
  fields: profileFields.map(({ id }) => id),
  hinted: profileFields.filter(({ hint }) => hint !== null).map(({ id }) => id),
  samples: {
    'some of it': { model },
    'everything wrong': {
      model: { ...model, inputs: inputs.map(each => ({ ...each, value: 'x' })) },
      problems: {
        name: 'name.missing',
        birthdate: 'profile.birthdate-invalid',
        phone_number: 'profile.phone-invalid',
        website: 'profile.website-invalid',
        zoneinfo: 'profile.zoneinfo-invalid',
        locale: 'profile.locale-invalid',
        country: 'profile.too-long',
      },
    },
  },
});
