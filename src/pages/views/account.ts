import { defineView } from '../view.ts';
import { samplePicture } from './avatar.ts';

export interface SessionLine {
  id: string;
  browser: string;
  lastUsed: string;
  /** Those that are signed in to there, in words. */
  apps: string | null;
  isCurrent: boolean;
}

export interface AppLine {
  id: string;
  name: string;
  since: string;
}

export interface AccountModel {
  action: string;
  csrf: string;
  name: string;
  email: string;
  /** Where the picture is; null where there is none. */
  avatar: string | null;
  initial: string;
  /** How the account is kept, a line each. */
  security: string[];
  /** Somebody showed that they read what arrives there. */
  isProven: boolean;
  places: readonly { path: string; label: string }[];
  sessions: SessionLine[];
  hasOthers: boolean;
  apps: AppLine[];
}

const current = {
  id: 'a',
  browser: 'Chrome on Windows',
  lastUsed: 'Last used on 25 November 2026',
  apps: 'For Lantern Travel and Notes',
  isCurrent: true,
};
const model: AccountModel = {
  action: '#',
  csrf: 'sample',
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  avatar: null,
  initial: 'A',
  security: [
    'Password set on 2 November 2026',
    'A second step protects your account',
    'Signed in in 2 browsers',
  ],
  isProven: true,
  places: [
    { path: '#profile', label: 'profile.title' },
    { path: '#email', label: 'change-email.title' },
    { path: '#password', label: 'account.change-password' },
    { path: '#activity', label: 'activity.title' },
    { path: '#close', label: 'close.title' },
  ],
  sessions: [
    current,
    {
      id: 'b',
      browser: 'Safari on iOS',
      lastUsed: 'Last used on 20 November 2026',
      apps: null,
      isCurrent: false,
    },
  ],
  hasOthers: true,
  apps: [{ id: 'lantern', name: 'Lantern Travel', since: 'Since 2 November 2026' }],
};

export const accountView = defineView<AccountModel>({
  name: 'account',
  fields: [],
  samples: {
    'two browsers, one app': { model },
    'with a picture': { model: { ...model, avatar: samplePicture } },
    'nothing else': { model: { ...model, isProven: false, sessions: [current], hasOthers: false, apps: [] } },
    'long names': {
      model: {
        ...model,
        name: 'Hubert Blaine Wolfeschlegelsteinhausenbergerdorff',
        email: 'hubert.blaine.wolfeschlegelsteinhausenbergerdorff.senior@a-very-long-domain-name.example',
        apps: [
          {
            id: 'x',
            name: 'Donaudampfschifffahrtsgesellschaftskapitänskajütenreservierung & Söhne International',
            since: 'Since 2 November 2026',
          },
        ],
      },
    },
  },
});
