import { z } from 'zod';
import { displayNameOf } from '../../accounts/index.ts';
import { avatarPath, mostBytes, removeAvatar, saveAvatar } from '../../avatars/index.ts';
import { initialOf } from '../brand/monogram.ts';
import { definePage, Refusal } from '../define-page.ts';
import { uploadOf } from '../read-upload.ts';
import { avatarView } from '../views/avatar.ts';
import type { AccountRequest } from './account-request.ts';

/** The picture that apps get as the `picture` claim. */
export const avatarPage = definePage({
  view: avatarView,
  form: z.object({ action: z.string().optional() }),
  show: ({ account }: AccountRequest) => ({
    avatar: account.avatarName === undefined ? null : avatarPath(account.avatarName),
    initial: initialOf(displayNameOf(account)),
    megabytes: mostBytes / (1024 * 1024),
  }),
  async submit({ deps, ctx, account }, { action }): Promise<'done' | Refusal<'picture'>> {
    if (action === 'remove') {
      await removeAvatar(deps, account.id);
      return 'done';
    }
    const upload = uploadOf(ctx);
    if (upload === undefined) return new Refusal({ picture: 'avatar.missing' });
    if (upload.isTooLarge) return new Refusal({ picture: 'avatar.too-large' });
    const encoded = await deps.encodeAvatar(upload.bytes);
    if ('problem' in encoded) return new Refusal({ picture: `avatar.${encoded.problem}` });
    await saveAvatar(deps, account.id, encoded.bytes);
    return 'done';
  },
});
