import { defineView } from '../view.ts';

export interface CloseAccountModel {
  action: string;
  csrf: string;
  email: string;
  /** For how many days it can be taken back. */
  graceDays: number;
}

const model: CloseAccountModel = { action: '#', csrf: 'sample', email: 'ada@example.com', graceDays: 30 };

export const closeAccountView = defineView<CloseAccountModel, 'understood' | 'action'>({
  name: 'close-account',
  fields: ['understood', 'action'],
  samples: {
    empty: { model },
    'at once': { model: { ...model, graceDays: 0 } },
    'not understood': { model, problems: { understood: 'close.not-understood' } },
    'the last owner': { model, problems: { action: 'close.last-owner' } },
  },
});
