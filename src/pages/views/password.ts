import { defineView, longClient, sampleClient } from '../view.ts';

export interface PasswordModel {
  action: string;
  csrf: string;
  identifier: string;
}

const model: PasswordModel = { action: '#', csrf: 'sample', identifier: 'ada@example.com' };

export const passwordView = defineView<PasswordModel, 'password'>({
  name: 'password',
  fields: ['password'],
  samples: {
    empty: { model, client: sampleClient },
    'not correct': { model, client: sampleClient, problems: { password: 'password.wrong' } },
    'too many attempts': {
      model,
      client: sampleClient,
      problems: { password: { key: 'attempts.too-many', values: { minutes: 1 } } },
    },
    'long identifier': {
      model: {
        ...model,
        identifier:
          'hubert.blaine.wolfeschlegelsteinhausenbergerdorff.senior@a-very-long-domain-name.example',
      },
      client: longClient,
    },
  },
});
