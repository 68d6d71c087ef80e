import { defineView } from '../view.ts';

export interface PasskeyLine {
  id: string;
  name: string;
  /** When it was made and last used, in words. */
  about: string;
}

export interface BrowserLine {
  id: string;
  browser: string;
  until: string;
}

export interface FactorsModel {
  action: string;
  csrf: string;
  passkeys: readonly PasskeyLine[];
  /** Of an authenticator app, in words; null where there is none. */
  totp: string | null;
  /** How many recovery codes are left, in words; null where there is nothing that they could stand in for. */
  recoveryCodes: string | null;
  browsers: readonly BrowserLine[];
  /** Whether more may be set up. */
  mayEnrol: boolean;
  /** What password managers are told of the passkeys here, and of their owner: JSON. */
  kept: string;
  owner: string;
}

const passkey = {
  id: 'a',
  name: 'iCloud Keychain',
  about: 'Made on 2 November 2026, last used on 20 November 2026',
};

const model: FactorsModel = {
  action: '#',
  csrf: 'sample',
  passkeys: [passkey, { id: 'b', name: 'YubiKey 5 NFC', about: 'Made on 3 November 2026' }],
  totp: 'Since 2 November 2026, last used on 20 November 2026',
  recoveryCodes: '9 of your recovery codes are left',
  browsers: [{ id: 'c', browser: 'Chrome on Windows', until: 'Until 20 December 2026' }],
  mayEnrol: true,
  kept: '{}',
  owner: '{}',
};

export const factorsView = defineView<FactorsModel, 'name'>({
  name: 'factors',
  fields: ['name'],
  samples: {
    'everything there is': { model },
    'a name that is missing': { model, problems: { name: 'factors.name-missing' } },
    'nothing yet': { model: { ...model, passkeys: [], totp: null, recoveryCodes: null, browsers: [] } },
    'not offered': {
      model: { ...model, mayEnrol: false, passkeys: [], totp: null, recoveryCodes: null, browsers: [] },
    },
    'long names': {
      model: {
        ...model,
        passkeys: [{ ...passkey, name: 'Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel' }],
      },
    },
  },
});
