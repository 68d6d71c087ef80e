import type { DetailCard } from '../details-in-words.ts';
import { defineView, longClient, sampleClient } from '../view.ts';
import { sampleDetails } from './consent.ts';

export interface ApproveModel {
  action: string;
  csrf: string;
  account: string;
  bindingMessage: string | null;
  scopes: string[];
  details: DetailCard[];
}

const model: ApproveModel = {
  action: '#',
  csrf: 'sample',
  account: 'Ada Lovelace',
  bindingMessage: 'TABLE-7',
  scopes: ['Know that it is you when you come back', 'See your email address'],
  details: [],
};

export const approveView = defineView<ApproveModel>({
  name: 'approve',
  fields: [],
  samples: {
    'with a binding message': { model, client: sampleClient },
    'without one': { model: { ...model, bindingMessage: null }, client: sampleClient },
    'details of a payment': { model: { ...model, details: sampleDetails }, client: sampleClient },
    'long names': { model: { ...model, account: longClient.name }, client: longClient },
  },
});
