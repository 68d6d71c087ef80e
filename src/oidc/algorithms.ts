import type { Configuration } from 'oidc-provider';
import type { SigningKey } from '../keys/index.ts';

/** All that FAPI 2.0 Security Profile section 5.4.1 allows. Proofs (RFC 9449) are younger than what needs RS256. */
const strong = ['ES256', 'PS256', 'Ed25519', 'EdDSA'] as const;

/** What clients may sign with. None that is no signature (RFC 8725 section 3.2). */
const asymmetric = [...strong, 'RS256'] as const;

/** With the client's secret, which has 256 bits. It is never what a client gets that does not ask for it. */
const symmetric = 'HS256';

// With the client's public key only: who wants to hide something has one.
const keyManagement = ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW', 'RSA-OAEP', 'RSA-OAEP-256'] as const;
const contentEncryption = ['A128CBC-HS256', 'A128GCM', 'A256CBC-HS512', 'A256GCM'] as const;

/** JSON Web Algorithms (RFC 7518) by use. What we sign with is what there are keys for. */
export function enabledAlgorithms(signing: readonly SigningKey[]): NonNullable<Configuration['enabledJWA']> {
  const ours = [...new Set(signing.map(key => key.algorithm))];
  return {
    idTokenSigningAlgValues: [...ours, symmetric],
    userinfoSigningAlgValues: [...ours, symmetric],
    authorizationSigningAlgValues: [...ours, symmetric],
    introspectionSigningAlgValues: [...ours, symmetric],
    dPoPSigningAlgValues: [...strong],
    clientAuthSigningAlgValues: [...asymmetric, symmetric],
    requestObjectSigningAlgValues: [...asymmetric, symmetric],
    // There is no key of ours to encrypt them with: what has to be hidden is pushed (RFC 9126).
    requestObjectEncryptionAlgValues: [],
    requestObjectEncryptionEncValues: [],
    idTokenEncryptionAlgValues: [...keyManagement],
    idTokenEncryptionEncValues: [...contentEncryption],
    userinfoEncryptionAlgValues: [...keyManagement],
    userinfoEncryptionEncValues: [...contentEncryption],
    authorizationEncryptionAlgValues: [...keyManagement],
    authorizationEncryptionEncValues: [...contentEncryption],
    introspectionEncryptionAlgValues: [...keyManagement],
    introspectionEncryptionEncValues: [...contentEncryption],
  };
}
