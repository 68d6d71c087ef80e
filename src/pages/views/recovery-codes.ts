import { defineView, sampleClient } from '../view.ts';

export interface RecoveryCodesModel {
  action: string;
  csrf: string;
  codes: readonly string[];
  isOnTheWay: boolean;
}

const model: RecoveryCodesModel = {
  action: '#',
  csrf: 'sample',
  codes: Array.from({ length: 10 }, (_, index) => `7k3m-p9qx-4h${index}t-wzn8`),
  isOnTheWay: true,
};

export const recoveryCodesView = defineView<RecoveryCodesModel, 'saved'>({
  name: 'recovery-codes',
  fields: ['saved'],
  samples: {
    'on the way to an app': { model, client: sampleClient },
    'not saved': { model, client: sampleClient, problems: { saved: 'recovery-codes.not-saved' } },
    'from the account': { model: { ...model, isOnTheWay: false } },
  },
});
