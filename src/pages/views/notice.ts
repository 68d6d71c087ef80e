import { defineView, sampleClient } from '../view.ts';

export interface Link {
  url: string;
  text: string;
}

export interface NoticeModel {
  heading: string;
  text: string;
  link: Link | null;
}

export const noticeView = defineView<NoticeModel>({
  name: 'notice',
  fields: [],
  samples: {
    'signed out': {
      model: {
        heading: 'You are signed out',
        text: 'You can close this page.',
        link: { url: '#', text: 'Back to Lantern Travel' },
      },
      client: sampleClient,
    },
    'without a way on': {
      model: {
        heading: 'Your device is connected',
        text: 'Go on at your device. You can close this page.',
        link: null,
      },
    },
  },
});
