import { defineView, longClient, sampleClient } from '../view.ts';

export interface SelectAccountModel {
  action: string;
  csrf: string;
  account: string;
}

const model: SelectAccountModel = { action: '#', csrf: 'sample', account: 'ada@example.com' };

export const selectAccountView = defineView<SelectAccountModel>({
  name: 'select-account',
  fields: [],
  samples: {
    'one account': { model, client: sampleClient },
    'long names': { model: { ...model, account: longClient.name }, client: longClient },
  },
});
