import type { EnrollableFactor } from '../../mfa/index.ts';
import { defineView, longClient, sampleClient } from '../view.ts';

export interface EnrolTotpModel {
  action: string;
  csrf: string;
  email: string;
  /** The key, sealed. */
  setup: string;
  /** The image to scan, as an address with the image in it. */
  qr: string;
  /** The key to type. */
  groups: string;
  /** What may be set up instead. */
  other: EnrollableFactor | null;
  /** Until when it may wait; null where it may not. */
  dueOn: string | null;
  /** To an app, and not from a page of the account. */
  isOnTheWay: boolean;
}

const square = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#fff" d="M0 0h8v8H0z"/><path d="M1 1h2v2H1zm4 0h2v2H5zM1 5h2v2H1zm3-2h1v2H4zm1 2h2v1H5z"/></svg>`;

const model: EnrolTotpModel = {
  action: '#',
  csrf: 'sample',
  email: 'ada@example.com',
  setup: 'sealed',
  qr: `data:image/svg+xml,${encodeURIComponent(square)}`,
  groups: 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
  other: 'passkey',
  dueOn: null,
  isOnTheWay: true,
};

export const enrolTotpView = defineView<EnrolTotpModel, 'code'>({
  name: 'enrol-totp',
  fields: ['code'],
  samples: {
    'on the way to an app': { model, client: sampleClient },
    'may wait': { model: { ...model, dueOn: '26 December 2026' }, client: sampleClient },
    'from the account': { model: { ...model, other: null, isOnTheWay: false } },
    'not correct': { model, client: sampleClient, problems: { code: 'totp.wrong' } },
    'long names': { model: { ...model, email: longClient.name }, client: longClient },
  },
});
