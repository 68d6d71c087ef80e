import { keyedDigest } from '../kernel/index.ts';
import type { PageRequest } from './define-page.ts';

/**
 * What a passkey has to sign on this page. It is bound to the interaction and step, or to the session and page, as the
 * form is: nobody can know it before, it is good nowhere else, and it ends with what it is bound to.
 */
export function passkeyChallenge(request: Pick<PageRequest, 'deps' | 'binding'>): string {
  return passkeyChallenges(request)[0] ?? '';
}

/** All that an answer may be to: the page may have been made before the keys were rotated. */
export function passkeyChallenges({ deps, binding }: Pick<PageRequest, 'deps' | 'binding'>): string[] {
  return deps.cookieKeys().map(key => keyedDigest(key, 'passkey', binding));
}
