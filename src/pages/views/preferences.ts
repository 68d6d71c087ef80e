import { defineView } from '../view.ts';

interface Option {
  value: string;
  label: string;
  isChosen: boolean;
}

export interface PreferencesModel {
  action: string;
  csrf: string;
  themes: Option[];
  languageOptions: Option[];
  zoneinfo: string;
  newDevice: boolean;
  appAllowed: boolean;
}

const option = (value: string, label: string, isChosen = false) => ({ value, label, isChosen });
const model: PreferencesModel = {
  action: '#',
  csrf: 'sample',
  themes: [option('auto', 'As the device', true), option('light', 'Light'), option('dark', 'Dark')],
  languageOptions: [option('', 'As the browser'), option('en', 'English', true), option('ar', 'العربية')],
  zoneinfo: 'Europe/London',
  newDevice: true,
  appAllowed: false,
};

export const preferencesView = defineView<PreferencesModel, 'zoneinfo'>({
  name: 'preferences',
  fields: ['zoneinfo'],
  hinted: ['zoneinfo'],
  samples: {
    'as they are': { model },
    'no such place': {
      model: { ...model, zoneinfo: 'Europe/Nowhere' },
      problems: { zoneinfo: 'profile.zoneinfo-invalid' },
    },
  },
});
