import type { DetailCard } from '../details-in-words.ts';
import { brandedClient, defineView, longClient, sampleClient } from '../view.ts';

export interface ScopeLine {
  /** Usable in an HTML id. */
  id: string;
  value: string;
  text: string;
  isOptional: boolean;
  isTicked: boolean;
}

export interface ConsentModel {
  action: string;
  csrf: string;
  account: string;
  scopes: ScopeLine[];
  details: DetailCard[];
}

const line = (value: string, text: string, isOptional = false): ScopeLine => ({
  id: value.replace(/\W/g, '-'),
  value,
  text,
  isOptional,
  isTicked: isOptional,
});

const model: ConsentModel = {
  action: '#',
  csrf: 'sample',
  account: 'Ada Lovelace',
  scopes: [
    line('openid', 'Know that it is you when you come back'),
    line('profile', 'See your name and profile'),
    line('email', 'See your email address'),
    line('offline_access', 'Keep this access while you are away', true),
    line('notes:read', 'Use “notes:read” at Notes on your behalf', true),
  ],
  details: [],
};

export const sampleDetails: DetailCard[] = [
  {
    name: 'Payment',
    api: 'Northern Bank',
    lines: [
      { label: 'Payee', value: 'Rosa Gutiérrez' },
      { label: 'Amount · Currency', value: 'EUR' },
      { label: 'Amount · Sum', value: '1,250.00' },
      { label: 'Reference', value: 'Donaudampfschifffahrtsgesellschaftskapitänskajütenreservierung 2026/11' },
    ],
  },
];

export const consentView = defineView<ConsentModel>({
  name: 'consent',
  fields: [],
  samples: {
    'with optional scopes': { model, client: sampleClient },
    'details of a payment': {
      model: { ...model, scopes: model.scopes.slice(0, 1), details: sampleDetails },
      client: sampleClient,
    },
    'with a logo and a colour': { model, client: brandedClient },
    'details alone': { model: { ...model, scopes: [], details: sampleDetails }, client: sampleClient },
    'one scope': { model: { ...model, scopes: model.scopes.slice(0, 1) }, client: sampleClient },
    'long names': { model: { ...model, account: longClient.name }, client: longClient },
  },
});
