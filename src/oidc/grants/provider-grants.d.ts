/** The provider's own helpers for grant types that its host adds; it ships no types for them. */
declare module 'oidc-provider/lib/helpers/grants.js' {
  import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

  interface DPoP {
    thumbprint: string;
    jti: string;
  }
  export function validateDpop(provider: Provider, ctx: KoaContextWithOIDC): Promise<DPoP | undefined>;
  export function checkDpopReplay(
    provider: Provider,
    ctx: KoaContextWithOIDC,
    dPoP: DPoP | undefined,
    clientId: string,
  ): Promise<void>;
  export function checkDpopRequired(
    provider: Provider,
    ctx: KoaContextWithOIDC,
    dPoP: DPoP | undefined,
  ): void;
  /** @returns the certificate of a client whose tokens are bound to it */
  export function checkMtlsCert(provider: Provider, ctx: KoaContextWithOIDC): unknown;
}
