import { type Client, errors } from 'oidc-provider';

/** Metadata of ours: from where else a browser app calls us than from where it receives its codes. */
export const allowedOrigins = 'allowed_origins';

/** A browser app may call us from where it receives its codes, from where it says that its pages are, and from nowhere else. */
export function isOriginAllowed(client: Client, origin: string): boolean {
  const { [allowedOrigins]: others = [] } = client as { [allowedOrigins]?: string[] };
  return others.includes(origin) || (client.redirectUris ?? []).some(uri => originOf(uri) === origin);
}

/**
 * Undefined for the scheme of a native app: what is said to be its origin is the word `null`, which browsers also send from
 * sandboxed frames and files, whoever made them.
 */
function originOf(uri: string): string | undefined {
  const url = URL.parse(uri);
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : undefined;
}

const mostOrigins = 20;
const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** @throws InvalidClientMetadata */
export function areOrigins(name: string, value: unknown): void {
  const isOne = (each: unknown) =>
    typeof each === 'string' && originOf(each) === each && (each.startsWith('https:') || loopback.test(each));
  if (!Array.isArray(value) || value.length > mostOrigins || !value.every(isOne)) {
    throw new errors.InvalidClientMetadata(
      `${name} must be up to ${mostOrigins} origins such as https://app.example.com, or http://localhost:5173`,
    );
  }
}
