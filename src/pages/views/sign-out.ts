import { defineView, longClient, sampleClient } from '../view.ts';

export interface SignOutModel {
  action: string;
  xsrf: string;
}

const model: SignOutModel = { action: '#', xsrf: 'sample' };

export const signOutView = defineView<SignOutModel>({
  name: 'sign-out',
  fields: [],
  samples: {
    'for an app': { model, client: sampleClient },
    'long names': { model, client: longClient },
    'without an app': { model },
  },
});
