import { defineView, sampleClient } from '../view.ts';
import type { Link } from './notice.ts';

export interface ErrorModel {
  heading: string;
  text: string;
  link: Link | null;
  requestId: string;
  /** OAuth error code, or one of ours. */
  code: string | null;
  /** What the app's developer needs to know. */
  detail: string | null;
}

const requestId = '019dba41-6c4e-7c3f-9a52-1f0f5a2d9b11';

export const errorView = defineView<ErrorModel>({
  name: 'error',
  fields: [],
  samples: {
    'an app asked wrongly': {
      model: {
        heading: 'This did not work',
        text: 'The app sent a request that we cannot accept. Go back to the app and start again.',
        link: { url: '#', text: 'Back to Lantern Travel' },
        requestId,
        code: 'invalid_redirect_uri',
        detail: 'redirect_uri did not match any of the client’s registered redirect_uris',
      },
      client: sampleClient,
    },
    expired: {
      model: {
        heading: 'This sign-in has expired',
        text: 'It was open for too long, was already finished, or was started in another browser. Go back to the app and start again.',
        link: { url: '#', text: 'Back to Lantern Travel' },
        requestId,
        code: 'interaction_expired',
        detail: null,
      },
      client: sampleClient,
    },
    'nothing here': {
      model: {
        heading: 'There is nothing here',
        text: 'The address may be old or incomplete. Go back to the app and start again.',
        link: null,
        requestId,
        code: null,
        detail: null,
      },
    },
  },
});
