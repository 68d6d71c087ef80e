import { defineView, longClient, sampleClient } from '../view.ts';

export interface ApproveModel {
  action: string;
  csrf: string;
  account: string;
  bindingMessage: string | null;
  scopes: string[];
}

const model: ApproveModel = {
  action: '#',
  csrf: 'sample',
  account: 'Ada Lovelace',
  bindingMessage: 'TABLE-7',
  scopes: ['Know that it is you when you come back', 'See your email address'],
};

export const approveView = defineView<ApproveModel>({
  name: 'approve',
  fields: [],
  samples: {
    'with a binding message': { model, client: sampleClient },
    'without one': { model: { ...model, bindingMessage: null }, client: sampleClient },
    'long names': { model: { ...model, account: longClient.name }, client: longClient },
  },
});
