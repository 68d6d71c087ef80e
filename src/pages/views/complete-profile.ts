import { defineView, longClient, sampleClient, type View } from '../view.ts';
import { type ProfileInput, sampleInputs } from './profile.ts';

export interface CompleteProfileModel {
  action: string;
  csrf: string;
  inputs: ProfileInput[];
}

const model: CompleteProfileModel = {
  action: '#',
  csrf: 'sample',
  inputs: sampleInputs.filter(({ id }) => ['given_name', 'birthdate', 'department'].includes(id)),
};

export const completeProfileView = defineView<CompleteProfileModel, string>({
  name: 'complete-profile',
  fields: ['given_name', 'birthdate', 'department'],
  hinted: ['birthdate'],
  samples: {
    'two fields': { model, client: sampleClient },
    'one missing': { model, client: longClient, problems: { given_name: 'profile.required' } },
  },
});

/** With the fields that the settings ask for. */
export function completeProfileViewOf(names: readonly string[]): View<CompleteProfileModel, string> {
  return { ...completeProfileView, fields: names };
}
