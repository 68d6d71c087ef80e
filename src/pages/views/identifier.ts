import { brandedClient, defineView, longClient, sampleClient } from '../view.ts';

export interface IdentifierModel {
  action: string;
  csrf: string;
  identifier: string;
  mayRegister: boolean;
  /** Not by address alone. */
  hasUsernames: boolean;
  passkeyRequest: string;
  unknownPasskey: string | null;
}

const model: IdentifierModel = {
  action: '#',
  csrf: 'sample',
  identifier: '',
  mayRegister: false,
  hasUsernames: false,
  passkeyRequest: '{"challenge":"c2FtcGxl"}',
  unknownPasskey: null,
};

export const identifierView = defineView<IdentifierModel, 'identifier' | 'passkey'>({
  name: 'identifier',
  fields: ['identifier', 'passkey'],
  samples: {
    'for an app': { model, client: sampleClient },
    'with registration': { model: { ...model, mayRegister: true }, client: sampleClient },
    'with usernames': {
      model: { ...model, hasUsernames: true },
      client: sampleClient,
      problems: { identifier: 'identifier.missing-any' },
    },
    'with a logo and a colour': { model, client: brandedClient },
    'with a hint': { model: { ...model, identifier: 'ada@example.com' }, client: sampleClient },
    'nothing entered': { model, client: sampleClient, problems: { identifier: 'identifier.missing' } },
    'a passkey that is gone': {
      model: { ...model, unknownPasskey: '{}' },
      client: sampleClient,
      problems: { passkey: 'passkey.unknown' },
    },
    'long names': { model, client: longClient },
    'without an app': { model },
  },
});
