import { defineView, longClient, sampleClient } from '../view.ts';

export interface ProveAddressModel {
  action: string;
  csrf: string;
  email: string;
  /** The message that says what was sent. */
  lead: string;
}

const model: ProveAddressModel = {
  action: '#',
  csrf: 'sample',
  email: 'ada@example.com',
  lead: 'prove-address.lead',
};

export const proveAddressView = defineView<ProveAddressModel, 'code'>({
  name: 'prove-address',
  fields: ['code'],
  hinted: ['code'],
  samples: {
    empty: { model, client: sampleClient },
    'to come back': { model: { ...model, lead: 'prove-address.lead-recover' }, client: sampleClient },
    'in place of a password': { model: { ...model, lead: 'prove-address.lead-code' }, client: sampleClient },
    'in a new browser': { model: { ...model, lead: 'prove-address.lead-device' }, client: sampleClient },
    'sent again': { model: { ...model, lead: 'prove-address.lead-again' }, client: sampleClient },
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
