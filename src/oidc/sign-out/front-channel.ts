import { type Client, type ClientMetadata, errors } from 'oidc-provider';

/** OpenID Connect Front-Channel Logout 1.0 section 2. */
export const frontchannelUri = 'frontchannel_logout_uri';
export const frontchannelSessionRequired = 'frontchannel_logout_session_required';

/** @throws InvalidClientMetadata */
export function isAtARedirectUri(name: string, value: unknown, metadata: ClientMetadata): void {
  const isAddress = typeof value === 'string' && URL.canParse(value) && !value.includes('#');
  const origins = (metadata.redirect_uris ?? []).map(uri => new URL(uri).origin);
  if (!isAddress || !/^https?:/.test(value) || !origins.includes(new URL(value).origin)) {
    throw new errors.InvalidClientMetadata(
      `${name} must be an http or https address with the scheme, host and port of a redirect URI`,
    );
  }
}

/** What a browser opens in a frame to tell the app. */
export function frameFor(client: Client, issuer: string, sid: string | undefined): string | undefined {
  const uri = client[frontchannelUri];
  if (typeof uri !== 'string') return undefined;
  const url = new URL(uri);
  if (client[frontchannelSessionRequired] === true) {
    url.searchParams.set('iss', issuer);
    url.searchParams.set('sid', sid ?? '');
  }
  return url.href;
}
