import { defineView, longClient, sampleClient } from '../view.ts';

export interface ConfirmModel {
  action: string;
  csrf: string;
  heading: string;
  text: string;
  /** The address that it is about. */
  email: string;
  submit: string;
  /** A link has nowhere to go back to. */
  canCancel: boolean;
}

const model: ConfirmModel = {
  action: '#',
  csrf: 'sample',
  heading: 'Do you want your account back?',
  text: 'This account is closed and will be erased on 26 December 2026. Until then you can take that back.',
  email: 'ada@example.com',
  submit: 'Take it back',
  canCancel: true,
};

/** One question, one button: what a link in a mail asks before it does anything. */
export const confirmView = defineView<ConfirmModel>({
  name: 'confirm',
  fields: [],
  samples: {
    'on the way to an app': { model, client: sampleClient },
    'from a mail': {
      model: {
        ...model,
        heading: 'Was this not you?',
        text: 'Your password stops working and you are signed out everywhere. We send you a mail with which you choose a new one.',
        submit: 'Lock the account down',
        canCancel: false,
      },
    },
    'long names': { model: { ...model, email: longClient.name }, client: longClient },
  },
});
