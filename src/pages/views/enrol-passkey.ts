import type { EnrollableFactor } from '../../mfa/index.ts';
import { defineView, longClient, sampleClient } from '../view.ts';

export interface EnrolPasskeyModel {
  action: string;
  csrf: string;
  email: string;
  /** JSON for the browser. */
  passkeyCreation: string;
  /** They may say no, for a while or for ever. */
  isOffer: boolean;
  other: EnrollableFactor | null;
  dueOn: string | null;
  isOnTheWay: boolean;
}

const model: EnrolPasskeyModel = {
  action: '#',
  csrf: 'sample',
  email: 'ada@example.com',
  passkeyCreation: '{"challenge":"c2FtcGxl"}',
  isOffer: false,
  other: 'totp',
  dueOn: null,
  isOnTheWay: true,
};

export const enrolPasskeyView = defineView<EnrolPasskeyModel, 'passkey'>({
  name: 'enrol-passkey',
  fields: ['passkey'],
  samples: {
    'on the way to an app': { model, client: sampleClient },
    'may wait': { model: { ...model, dueOn: '26 December 2026' }, client: sampleClient },
    offer: { model: { ...model, isOffer: true, other: null }, client: sampleClient },
    'from the account': { model: { ...model, other: null, isOnTheWay: false } },
    'cannot be used': { model, client: sampleClient, problems: { passkey: 'passkey.kind' } },
    'long names': { model: { ...model, email: longClient.name }, client: longClient },
  },
});
