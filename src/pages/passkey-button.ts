import { passkeyRequest } from '../mfa/index.ts';
import type { PageRequest } from './define-page.ts';
import { passkeyChallenge } from './passkey-challenge.ts';

/** What a view needs for a button that asks for a passkey. */
export interface PasskeyButton {
  /** JSON for the browser (Web Authentication Level 3 section 5.1.10). */
  passkeyRequest: string;
  /** One that the browser brought and nobody here has any more, as JSON, so that it is not offered again. */
  unknownPasskey: string | null;
}

/** @param accountId of who said already who they are */
export async function passkeyButton(
  request: PageRequest,
  accountId: string | undefined,
): Promise<PasskeyButton> {
  const { deps, ctx } = request;
  const challenge = passkeyChallenge(request);
  return {
    passkeyRequest: await passkeyRequest(deps, { accountId, challenge }),
    unknownPasskey: unknown(request, ctx.state['unknownPasskey']),
  };
}

function unknown({ deps }: PageRequest, credentialId: unknown): string | null {
  if (typeof credentialId !== 'string') return null;
  return JSON.stringify({ rpId: deps.passkeyRules.rpId, credentialId });
}
