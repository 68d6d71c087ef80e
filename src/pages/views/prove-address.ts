import { defineView, longClient, sampleClient } from '../view.ts';

export interface ProveAddressModel {
  action: string;
  csrf: string;
  email: string;
  wasSentAgain: boolean;
  /** Then there is a mail only where there is an account, which the page must not say. */
  isRecovery: boolean;
}

const model: ProveAddressModel = {
  action: '#',
  csrf: 'sample',
  email: 'ada@example.com',
  wasSentAgain: false,
  isRecovery: false,
};

export const proveAddressView = defineView<ProveAddressModel, 'code'>({
  name: 'prove-address',
  fields: ['code'],
  hinted: ['code'],
  samples: {
    empty: { model, client: sampleClient },
    'to come back': { model: { ...model, isRecovery: true }, client: sampleClient },
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
