import { type ClientMetadata, errors } from 'oidc-provider';
import { resourceScopes, validateResourceScopes } from './resource-indicators.ts';

/** @throws InvalidClientMetadata, whose description completes "<name> …" */
type Validate = (name: string, value: unknown, metadata: ClientMetadata) => void;

/** ID tokens carry the claims of the granted scopes, which otherwise only userinfo does (OpenID Connect Core 1.0 section 5.4). */
export const idTokenScopeClaims = 'id_token_scope_claims';

/** Client metadata that no specification names, and what each may hold. */
const ownMetadata: Readonly<Record<string, Validate>> = {
  [resourceScopes]: validateResourceScopes,
  [idTokenScopeClaims]: isTrueOrFalse,
};

export const extraClientMetadata = {
  properties: Object.keys(ownMetadata),
  validator(_ctx: unknown, name: string, value: unknown, metadata: ClientMetadata): void {
    if (value !== undefined) ownMetadata[name]?.(name, value, metadata);
  },
};

function isTrueOrFalse(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new errors.InvalidClientMetadata(`${name} must be true or false`);
}
