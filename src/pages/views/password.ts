import { defineView, longClient, sampleClient } from '../view.ts';

export interface PasswordModel {
  action: string;
  csrf: string;
  identifier: string;
  /** A code by mail would do as well; said to everybody. */
  mayUseMail: boolean;
  passkeyRequest: string;
  unknownPasskey: string | null;
}

const model: PasswordModel = {
  action: '#',
  csrf: 'sample',
  identifier: 'ada@example.com',
  mayUseMail: true,
  passkeyRequest: '{"challenge":"c2FtcGxl"}',
  unknownPasskey: null,
};

export const passwordView = defineView<PasswordModel, 'password' | 'passkey'>({
  name: 'password',
  fields: ['password', 'passkey'],
  samples: {
    empty: { model, client: sampleClient },
    'not correct': { model, client: sampleClient, problems: { password: 'password.wrong' } },
    'too many attempts': {
      model,
      client: sampleClient,
      problems: { password: { key: 'attempts.too-many', values: { minutes: 1 } } },
    },
    'without mail': { model: { ...model, mayUseMail: false }, client: sampleClient },
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
