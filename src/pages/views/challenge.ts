import type { SecondFactorName } from '../../mfa/index.ts';
import { defineView, longClient, sampleClient } from '../view.ts';

export interface ChallengeModel {
  action: string;
  csrf: string;
  factor: SecondFactorName;
  email: string;
  /** What would do as well. */
  others: readonly SecondFactorName[];
  /** Recovery codes that are left, where one is asked for. */
  codesLeft: number | null;
  /** For how many days this browser may be trusted; 0 where none may. */
  trustDays: number;
  /** For the browser, where a passkey is asked for. */
  passkeyRequest: string | null;
  unknownPasskey: string | null;
}

const model: ChallengeModel = {
  action: '#',
  csrf: 'sample',
  factor: 'totp',
  email: 'ada@example.com',
  others: ['passkey', 'recovery-code'],
  codesLeft: null,
  trustDays: 30,
  passkeyRequest: null,
  unknownPasskey: null,
};

const passkey: ChallengeModel = {
  ...model,
  factor: 'passkey',
  others: ['totp', 'recovery-code'],
  passkeyRequest: '{"challenge":"c2FtcGxl"}',
};

export const challengeView = defineView<ChallengeModel, 'code' | 'passkey'>({
  name: 'challenge',
  fields: ['code', 'passkey'],
  hinted: ['code'],
  samples: {
    'a code of an app': { model, client: sampleClient },
    'a code that is wrong': { model, client: sampleClient, problems: { code: 'totp.wrong' } },
    'too many': {
      model,
      client: sampleClient,
      problems: { code: { key: 'attempts.too-many', values: { minutes: 1 } } },
    },
    'a recovery code': {
      model: { ...model, factor: 'recovery-code', others: ['totp'], codesLeft: 9 },
      client: sampleClient,
    },
    'a passkey': { model: passkey, client: sampleClient },
    'a passkey that is wrong': {
      model: passkey,
      client: sampleClient,
      problems: { passkey: 'passkey.wrong' },
    },
    'nothing else, no trust': {
      model: { ...model, others: [], trustDays: 0, email: longClient.name },
      client: longClient,
    },
  },
});
