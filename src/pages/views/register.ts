import { defineView, longClient, sampleClient } from '../view.ts';

export interface RegisterModel {
  action: string;
  csrf: string;
  email: string;
}

const model: RegisterModel = { action: '#', csrf: 'sample', email: '' };

export const registerView = defineView<RegisterModel, 'email'>({
  name: 'register',
  fields: ['email'],
  samples: {
    empty: { model, client: sampleClient },
    'not an address': {
      model: { ...model, email: 'ada' },
      client: sampleClient,
      problems: { email: 'email.invalid' },
    },
    'not one of ours': {
      model: { ...model, email: 'ada@example.com' },
      client: longClient,
      problems: {
        email: { key: 'register.domains', values: { domains: 'lantern.example, lantern-travel.example' } },
      },
    },
  },
});
