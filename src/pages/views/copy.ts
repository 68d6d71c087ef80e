import { defineView } from '../view.ts';

export interface CopySection {
  heading: string;
  records: { label: string; value: string }[][];
}

export interface CopyModel {
  made: string;
  load: string;
  picture: string | null;
  sections: CopySection[];
}

const model: CopyModel = {
  made: 'As of 25 November 2026 at 10:14',
  load: '#load',
  picture: null,
  sections: [
    {
      heading: 'Account',
      records: [
        [
          { label: 'Email address', value: 'ada@example.com' },
          { label: 'Name', value: 'Ada Lovelace' },
        ],
      ],
    },
    {
      heading: 'Where you were signed in',
      records: [
        [
          {
            label: 'Browser',
            value: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
          },
          { label: 'Signed in', value: '25 November 2026 at 10:14' },
        ],
        [{ label: 'Browser', value: 'Averyveryveryveryveryveryveryverylongwordwithoutaplacetobreak/1.0' }],
      ],
    },
  ],
};

export const copyView = defineView<CopyModel>({ name: 'copy', fields: [], samples: { short: { model } } });
