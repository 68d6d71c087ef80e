import type { Client, ErrorOut, KoaContextWithOIDC } from 'oidc-provider';

/** The pages that the provider itself asks for; of its forms only the action and the xsrf value matter. The engine does not know how they look; the composition passes them in. */
export interface ProviderPages {
  error: (ctx: KoaContextWithOIDC, out: ErrorOut, error: Error) => void;
  signOut: (ctx: KoaContextWithOIDC, form: string) => void;
  signedOut: (ctx: KoaContextWithOIDC) => void;
  deviceCode: (ctx: KoaContextWithOIDC, form: string, out?: ErrorOut, error?: Error) => void;
  deviceConfirm: (
    ctx: KoaContextWithOIDC,
    form: string,
    client: Client,
    device: unknown,
    userCode: string,
  ) => void;
  /** Tells somebody by mail that a client asks for them (OpenID Connect CIBA Core 1.0). */
  approvalAsked: (asked: {
    to: string;
    accountId: string;
    client: Client;
    url: string;
    bindingMessage: string | undefined;
  }) => Promise<void>;
  deviceDone: (ctx: KoaContextWithOIDC) => void;
}
