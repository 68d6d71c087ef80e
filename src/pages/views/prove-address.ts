import { defineView, longClient, sampleClient } from '../view.ts';

export interface ProveAddressModel {
  action: string;
  csrf: string;
  email: string;
  wasSentAgain: boolean;
  /** The mail has a link as well. */
  hasLink: boolean;
  /** There is a mail only where there is an account, which the page must not say. */
  isSecretive: boolean;
  /** The password was right, and nobody signed in to this account in this browser before. */
  isNewDevice: boolean;
}

const model: ProveAddressModel = {
  action: '#',
  csrf: 'sample',
  email: 'ada@example.com',
  wasSentAgain: false,
  hasLink: true,
  isSecretive: false,
  isNewDevice: false,
};

export const proveAddressView = defineView<ProveAddressModel, 'code'>({
  name: 'prove-address',
  fields: ['code'],
  hinted: ['code'],
  samples: {
    empty: { model, client: sampleClient },
    'to come back': { model: { ...model, isSecretive: true }, client: sampleClient },
    'in place of a password': {
      model: { ...model, isSecretive: true, hasLink: false },
      client: sampleClient,
    },
    'in a new browser': { model: { ...model, isNewDevice: true, hasLink: false }, client: sampleClient },
    'sent again': { model: { ...model, wasSentAgain: true }, client: sampleClient },
    'not correct': { model, client: sampleClient, problems: { code: 'code.wrong' } },
    'asked too soon': {
      model: {
        ...model,
        email: 'hubert.blaine.wolfeschlegelsteinhausenbergerdorff.senior@a-very-long-domain-name.example',
      },
      client: longClient,
      problems: { code: { key: 'prove-address.wait', values: { seconds: 42 } } },
    },
  },
});
