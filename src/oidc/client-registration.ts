import { isDeepStrictEqual } from 'node:util';
import { type ClientMetadata, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { findInitialAccessToken } from '../clients/index.ts';
import { type Clock, newId, newSecret } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { privilegedMetadata } from './client-metadata.ts';

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
                limitScope(deps, ctx, properties),
            },
          }
        : {}),
    },
    registrationManagement: { enabled: mode !== 'off', rotateRegistrationAccessToken: true },
  } satisfies Configuration['features'];
}

/** The initial access token says what its clients may ask for; one that does not say what it wants gets all of that. */
async function limitScope(
  deps: ClientRegistrationDeps,
  ctx: KoaContextWithOIDC,
  properties: ClientMetadata,
): Promise<void> {
  const token = ctx.oidc.entities.InitialAccessToken?.jti;
  const allowed = token === undefined ? undefined : (await findInitialAccessToken(deps, token))?.scope;
  if (allowed === undefined || allowed === null) return;
  const wanted = typeof properties.scope === 'string' ? properties.scope : allowed;
  const isAllowed = new Set(allowed.split(' '));
  const over = wanted.split(' ').filter(scope => !isAllowed.has(scope));
  if (over.length > 0) {
    throw new errors.InvalidClientMetadata(`scope may only have ${allowed}; ${over.join(' ')} is more`);
  }
  properties.scope = wanted;
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
