/** What one word in a client's metadata asks of it. */
interface Profile {
  /** Taken where the metadata is silent. */
  implied: Readonly<Record<string, unknown>>;
  /** The only values there may be; of a list, its members. */
  allowed: Readonly<Record<string, readonly unknown[]>>;
  /** Tokens are worth nothing without a key: the client has to name one of these. */
  senderConstraint?: readonly string[];
  /** Redirect URIs of which nobody on the way can read the answer. */
  httpsRedirectsOnly?: true;
}

const strongAlgorithms = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];
const strongAuthentication = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'];
const certificates = 'tls_client_certificate_bound_access_tokens';
const proofs = 'dpop_bound_access_tokens';

/** RFC 9700, and what of it became OAuth 2.1: the code flow with PKCE, and nothing in a fragment. */
const oauth21: Profile = {
  implied: {},
  allowed: {
    response_types: ['code'],
    grant_types: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:openid:params:grant-type:ciba',
    ],
    require_pkce: [true],
  },
};

/** FAPI 1.0 and 2.0 have this in common. */
const fapi: Profile = {
  implied: {
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'PS256',
    id_token_signed_response_alg: 'PS256',
    authorization_signed_response_alg: 'PS256',
    introspection_signed_response_alg: 'PS256',
    request_object_signing_alg: 'PS256',
    backchannel_authentication_request_signing_alg: 'PS256',
  },
  allowed: {
    token_endpoint_auth_method: strongAuthentication,
    token_endpoint_auth_signing_alg: strongAlgorithms,
    id_token_signed_response_alg: strongAlgorithms,
    userinfo_signed_response_alg: strongAlgorithms,
    authorization_signed_response_alg: strongAlgorithms,
    introspection_signed_response_alg: strongAlgorithms,
    request_object_signing_alg: strongAlgorithms,
    backchannel_authentication_request_signing_alg: strongAlgorithms,
    grant_types: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:openid:params:grant-type:ciba',
    ],
    response_types: ['code'],
  },
  senderConstraint: [proofs, certificates],
  httpsRedirectsOnly: true,
};

/** FAPI 2.0 Security Profile section 5.3.2. */
const fapi2: Profile = {
  ...fapi,
  implied: { ...fapi.implied, require_pushed_authorization_requests: true },
  allowed: { ...fapi.allowed, require_pushed_authorization_requests: [true], require_pkce: [true] },
};

const signedResponseModes = ['jwt', 'query.jwt', 'form_post.jwt'];

/** In the order of what they ask. A client without one is `oidc`: OpenID Connect Core 1.0, with PKCE. */
const profiles = {
  oidc: { implied: {}, allowed: {} },
  'oauth2.1': oauth21,
  /** FAPI 1.0 Advanced section 5.2.2. */
  'fapi1-advanced': {
    ...fapi,
    implied: { ...fapi.implied, require_signed_request_object: true },
    allowed: {
      ...fapi.allowed,
      response_types: ['code', 'code id_token'],
      grant_types: [...(fapi.allowed['grant_types'] ?? []), 'implicit'],
      require_signed_request_object: [true],
    },
    senderConstraint: [certificates],
  },
  'fapi2-security': fapi2,
  /** FAPI 2.0 Message Signing section 5: what is asked and what is answered is signed. */
  'fapi2-message-signing': {
    ...fapi2,
    implied: { ...fapi2.implied, require_signed_request_object: true, response_modes: signedResponseModes },
    allowed: {
      ...fapi2.allowed,
      require_signed_request_object: [true],
      response_modes: signedResponseModes,
    },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

/** The metadata property that names one. */
export const profileProperty = 'profile';

export class ProfileContradiction extends Error {}

/**
 * The metadata with all that its profile implies. Whatever comes to be a client passes here, wherever it comes from.
 * @throws ProfileContradiction with the reason, naming the property and what it may be
 */
export function withProfile<Given extends object>(metadata: Given): Given {
  const name = (metadata as Record<string, unknown>)[profileProperty];
  if (name === undefined) {
    assertCodeOnly(metadata);
    return metadata;
  }
  if (typeof name !== 'string' || !Object.hasOwn(profiles, name)) {
    throw new ProfileContradiction(`${profileProperty} must be one of ${Object.keys(profiles).join(', ')}`);
  }
  const profile: Profile = profiles[name as ProfileName];
  const complete = { ...profile.implied, ...constraintOf(profile, metadata), ...definedOf(metadata) };
  // An algorithm for assertions says nothing of a client that shows a certificate.
  if (complete['token_endpoint_auth_method'] !== 'private_key_jwt') {
    delete complete['token_endpoint_auth_signing_alg'];
  }
  assertAllowed(name, profile, complete);
  assertCodeOnly(complete);
  return complete as Given;
}

/**
 * A token in a fragment is nobody's in particular: who cannot authenticate redeems a code with PKCE, and cannot leave that
 * (RFC 9700 section 2.1.2).
 */
function assertCodeOnly(metadata: object): void {
  const {
    token_endpoint_auth_method: method,
    response_types: types,
    grant_types: grants,
  } = metadata as Record<string, unknown>;
  if (method !== 'none') return;
  const says = (list: unknown, word: string) =>
    [list].flat().some(each => typeof each === 'string' && each.split(' ').includes(word));
  const [property] = [
    ...(says(types, 'token') || says(types, 'id_token') ? ['response_types'] : []),
    ...(says(grants, 'implicit') ? ['grant_types'] : []),
  ];
  if (property === undefined) return;
  throw new ProfileContradiction(
    `${property} may only have the code flow, with PKCE, for a client that does not authenticate (token_endpoint_auth_method none)`,
  );
}

/** Of two ways to bind a token, proofs are the one that needs nothing of the network in between. */
function constraintOf(profile: Profile, metadata: object): Record<string, unknown> {
  const [first] = profile.senderConstraint ?? [];
  const given = metadata as Record<string, unknown>;
  const isChosen = profile.senderConstraint?.some(property => given[property] === true);
  return first === undefined || isChosen === true ? {} : { [first]: true };
}

function definedOf(metadata: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined));
}

function assertAllowed(name: string, profile: Profile, metadata: Record<string, unknown>): void {
  const refuse = (why: string) => {
    throw new ProfileContradiction(`${why} (${profileProperty} ${name})`);
  };
  for (const [property, allowed] of Object.entries(profile.allowed)) {
    const value = metadata[property];
    const values = value === undefined ? [] : [value].flat();
    if (!values.every(each => allowed.includes(each))) {
      refuse(`${property} ${Array.isArray(value) ? 'may only have' : 'must be'} ${allowed.join(', ')}`);
    }
  }
  const { senderConstraint } = profile;
  if (senderConstraint !== undefined && !senderConstraint.some(property => metadata[property] === true)) {
    refuse(`${senderConstraint.join(' or ')} must be true`);
  }
  const uris = [metadata['redirect_uris'] ?? []].flat();
  const isPlain = (uri: unknown) => typeof uri !== 'string' || !uri.startsWith('https://');
  if (profile.httpsRedirectsOnly === true && uris.some(isPlain)) refuse('redirect_uris must be https');
}
