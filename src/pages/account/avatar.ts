import { z } from 'zod';
import { displayNameOf } from '../../accounts/index.ts';
import { avatarPath, removeAvatar, saveAvatar } from '../../avatars/index.ts';
import { initialOf } from '../brand/monogram.ts';
import { definePage, Refusal } from '../define-page.ts';
import { uploadOf } from '../read-upload.ts';
import { avatarView } from '../views/avatar.ts';
import type { AccountRequest } from './account-request.ts';

/** The picture that apps get as the `picture` claim. */
export const avatarPage = definePage({
  view: avatarView,
  form: z.object({ action: z.string().optional() }),
  show: ({ deps, account }: AccountRequest) => ({
    avatar: account.avatarName === undefined ? null : avatarPath(account.avatarName),
    initial: initialOf(displayNameOf(account)),
    megabytes: deps.avatarMegabytes,
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
    if ('problem' in encoded) {
      const values = { megapixels: deps.avatarMegapixels };
      return new Refusal({ picture: { key: `avatar.${encoded.problem}`, values } });
    }
    await saveAvatar(deps, account.id, encoded.bytes);
    return 'done';
  },
});
