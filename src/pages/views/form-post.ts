import { defineView, sampleClient } from '../view.ts';

export interface FormPostModel {
  action: string;
  inputs: { name: string; value: string }[];
  /** False only in the gallery, where the page shall stay. */
  submitsItself: boolean;
}

export const formPostView = defineView<FormPostModel>({
  name: 'form-post',
  fields: [],
  samples: {
    'to an app': {
      model: { action: '#', inputs: [{ name: 'code', value: 'sample' }], submitsItself: false },
      client: sampleClient,
    },
    onward: { model: { action: '#', inputs: [], submitsItself: false } },
  },
});
