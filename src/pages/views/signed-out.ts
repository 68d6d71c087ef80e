import { defineView, longClient, sampleClient } from '../view.ts';
import type { Link } from './notice.ts';

export interface SignedOutModel {
  apps: { name: string; text: string }[];
  /** Addresses that tell the apps by being opened. */
  frames: string[];
  link: Link | null;
}

const link = { url: '#', text: 'Back to Lantern Travel' };
const told = { name: 'Lantern Travel', text: 'Told' };

export const signedOutView = defineView<SignedOutModel>({
  name: 'signed-out',
  fields: [],
  samples: {
    'one app': { model: { apps: [told], frames: [], link }, client: sampleClient },
    'every kind of app': {
      model: {
        apps: [
          told,
          { name: 'Lantern Notes', text: 'Will be told as soon as it can be reached' },
          { name: 'Lantern Mail', text: 'Told by your browser now' },
          { name: longClient.name, text: 'May still be signed in. Sign out there too.' },
        ],
        frames: [],
        link: null,
      },
    },
  },
});
