import type { AuthorizationDetail, KoaContextWithOIDC } from 'oidc-provider';

/** What a request asks for in detail, as it stands there. */
export function requestedDetails({ oidc }: KoaContextWithOIDC): AuthorizationDetail[] | undefined {
  return parseDetails(oidc.params?.['authorization_details']);
}

/** @returns undefined for what is none; the provider says so where it matters */
export function parseDetails(text: unknown): AuthorizationDetail[] | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const details: unknown = JSON.parse(text);
    return Array.isArray(details) ? (details as AuthorizationDetail[]) : undefined;
  } catch {
    return undefined;
  }
}
