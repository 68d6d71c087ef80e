import { defineView } from '../view.ts';

export interface ReceiptModel {
  id: string;
  erasedOn: string;
  /** A compact JWS. */
  receipt: string;
}

export const receiptView = defineView<ReceiptModel>({
  name: 'receipt',
  fields: [],
  samples: {
    'an erasure': {
      model: {
        id: '0193a1b2-0000-4000-8000-000000000000',
        erasedOn: '26 December 2026',
        receipt: `${'eyJhbGciOiJFUzI1NiIsImtpZCI6'.repeat(9)}.${'eyJpc3MiOiJodHRwczovL2lkLmV4'.repeat(7)}.${'q8Zr'.repeat(21)}`,
      },
    },
  },
});
