import { isDeepStrictEqual } from 'node:util';
import { type ClientMetadata, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { findInitialAccessToken } from '../clients/index.ts';
import { type Clock, isText, newId, newSecret } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { allowedScope, privilegedMetadata } from './client-metadata.ts';

/** Who may register clients: the holder of an initial access token, nobody, or anybody. */
export type RegistrationMode = 'token' | 'off' | 'open';

type Metadata = Record<string, unknown>;

const largestMetadata = 16_384;
const mostRedirectUris = 20;

export interface ClientRegistrationDeps {
  database: Database;
  clock: Clock;
  registration: RegistrationMode;
}

/** RFC 7591 and RFC 7592. */
export function clientRegistration(deps: ClientRegistrationDeps) {
  const { registration: mode } = deps;
  return {
    registration: {
      enabled: mode !== 'off',
      initialAccessToken: mode === 'token',
      idFactory: () => newId(),
      secretFactory: () => newSecret(),
      ...(mode === 'token'
        ? {
            policies: {
              scope: (ctx: KoaContextWithOIDC, properties: ClientMetadata) =>
                takeWhatIsAllowed(deps, ctx, properties),
            },
          }
        : {}),
    },
    registrationManagement: { enabled: mode !== 'off', rotateRegistrationAccessToken: true },
  } satisfies Configuration['features'];
}

/** A client that does not say what it wants gets all that it may ask for. */
async function takeWhatIsAllowed(
  deps: ClientRegistrationDeps,
  { oidc }: KoaContextWithOIDC,
  properties: ClientMetadata,
): Promise<void> {
  const { InitialAccessToken, Client } = oidc.entities;
  const { [allowedScope]: allowed } =
    InitialAccessToken === undefined
      ? ((Client ?? {}) as Metadata)
      : await grantedByToken(deps, InitialAccessToken.jti);
  if (typeof allowed === 'string') properties.scope ??= allowed;
}

/** The initial access token says what its clients may ask for, also when they change themselves later. */
export async function grantedByToken(
  deps: Pick<ClientRegistrationDeps, 'database' | 'clock'>,
  token: string | undefined,
): Promise<Metadata> {
  const found = token === undefined ? null : await findInitialAccessToken(deps, token);
  return found === null || found.scope === null ? {} : { [allowedScope]: found.scope };
}

/** What administrators gave a client stays theirs to change. */
export function grantedByAdministrators(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => privilegedMetadata.has(name)));
}

/** @throws InvalidClientMetadata, InvalidRedirectUri */
export function assertMayRegister(metadata: Metadata, kept: Metadata): void {
  const invalid = (why: string) => new errors.InvalidClientMetadata(why);
  for (const [name, value] of Object.entries(grantedByAdministrators(metadata))) {
    if (!isDeepStrictEqual(value, kept[name])) throw invalid(`${name} is given by administrators only`);
  }
  const { [allowedScope]: allowed } = kept;
  if (typeof allowed === 'string') {
    const over = scopesOf(metadata['scope']).filter(scope => !scopesOf(allowed).includes(scope));
    // A client without a scope of its own may ask for any.
    if (over.length > 0 || metadata['scope'] === undefined) {
      throw invalid(`scope may only have ${allowed}${over.length > 0 ? `; ${over.join(' ')} is more` : ''}`);
    }
  }
  if (!isText(metadata)) throw invalid('the metadata has characters that are not text');
  if (JSON.stringify(metadata).length > largestMetadata) throw invalid('the metadata is larger than 16 KB');
  const redirectUris = (metadata['redirect_uris'] ?? []) as string[];
  if (redirectUris.length > mostRedirectUris) {
    throw invalid(`redirect_uris may have ${mostRedirectUris} members at most`);
  }
  const wrong = redirectUris.find(uri => !isSafeRedirect(uri));
  if (wrong !== undefined) {
    throw new errors.InvalidRedirectUri();
  }
}

function scopesOf(scope: unknown): string[] {
  return typeof scope === 'string' ? scope.split(' ') : [];
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** https; http to the same machine (RFC 8252 section 7.3); or a scheme that is somebody's domain, reversed (section 7.1). */
function isSafeRedirect(uri: string): boolean {
  const { protocol, hostname, username, password } = new URL(uri);
  if (username !== '' || password !== '' || uri.includes('*')) return false;
  if (protocol === 'https:') return true;
  return protocol === 'http:' ? loopback.has(hostname) : protocol.includes('.');
}

/** A sector is looked into when it is registered (OpenID Connect Registration 1.0 section 5), not at every use. */
export function isBeingRegistered(ctx: KoaContextWithOIDC | undefined): boolean {
  return ctx?.oidc.route === 'registration' || ctx?.oidc.route === 'client_update';
}
