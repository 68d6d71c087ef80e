import { defineView } from '../view.ts';

export interface AvatarModel {
  action: string;
  csrf: string;
  /** Where the picture is; null where there is none. */
  avatar: string | null;
  /** Stands in its place. */
  initial: string;
  megabytes: number;
}

export const samplePicture =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 8 8%22%3E%3Crect width=%228%22 height=%228%22 fill=%22%230c5a4d%22/%3E%3Ccircle cx=%224%22 cy=%223%22 r=%221.6%22 fill=%22%23fff%22/%3E%3Cellipse cx=%224%22 cy=%227.6%22 rx=%222.8%22 ry=%222.4%22 fill=%22%23fff%22/%3E%3C/svg%3E';
const model: AvatarModel = { action: '#', csrf: 'sample', avatar: null, initial: 'A', megabytes: 5 };

export const avatarView = defineView<AvatarModel, 'picture'>({
  name: 'avatar',
  fields: ['picture'],
  hinted: ['picture'],
  samples: {
    none: { model },
    one: { model: { ...model, avatar: samplePicture } },
    'too large': { model, problems: { picture: 'avatar.too-large' } },
    'no picture': {
      model: { ...model, avatar: samplePicture },
      problems: { picture: 'avatar.not-an-image' },
    },
  },
});
