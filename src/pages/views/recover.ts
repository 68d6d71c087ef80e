import { defineView, sampleClient } from '../view.ts';

export interface RecoverModel {
  action: string;
  csrf: string;
  email: string;
}

const model: RecoverModel = { action: '#', csrf: 'sample', email: 'ada@example.com' };

export const recoverView = defineView<RecoverModel, 'email'>({
  name: 'recover',
  fields: ['email'],
  samples: {
    'with an address': { model, client: sampleClient },
    'not an address': {
      model: { ...model, email: 'ada' },
      client: sampleClient,
      problems: { email: 'email.invalid' },
    },
  },
});
