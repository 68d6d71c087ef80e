/**
 * Owns pictures of people: what may be uploaded, what is made of it, where it is kept and how it is found.
 * Does not own the page nor the claim (`picture`) that lead to one.
 */
export { avatarPath } from './avatar-path.ts';
export { type AvatarStore, avatarStore } from './avatars.repository.ts';
export { createAvatarEncoder, type EncodeAvatar } from './encode-avatar.ts';
export { removeAvatar, saveAvatar } from './save-avatar.ts';
