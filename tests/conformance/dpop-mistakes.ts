import { newEcKey, type Proof, type ProofKey } from './dpop-proof.ts';

export type Change = (proof: Proof, key: ProofKey) => Proof;
type Values = Record<string, unknown>;
type Given = Values | ((proof: Proof, key: ProofKey) => Values);

const valuesOf = (given: Given, proof: Proof, key: ProofKey) =>
  typeof given === 'function' ? given(proof, key) : given;
const claims =
  (given: Given): Change =>
  (proof, key) => ({ ...proof, claims: { ...proof.claims, ...valuesOf(given, proof, key) } });
export const header =
  (given: Given): Change =>
  (proof, key) => ({ ...proof, header: { ...proof.header, ...valuesOf(given, proof, key) } });

const stranger = newEcKey();
const seconds = () => Math.floor(Date.now() / 1000);

/** Wrong in one thing only (RFC 9449 section 4.3, and the module `…-dpop-negative-tests`). */
export const wrongProofs: [string, Change][] = [
  ['typ is missing', header({ typ: undefined })],
  ['typ is that of any JWT', header({ typ: 'JWT' })],
  ['alg is missing', header({ alg: undefined })],
  ['alg is none', header({ alg: 'none' })],
  ['alg is HS256, keyed with the public key', header({ alg: 'HS256' })],
  ['jwk is missing', header({ jwk: undefined })],
  ['jwk has the private key', header((_proof, key) => ({ jwk: key.privateKey.export({ format: 'jwk' }) }))],
  ['jwk is another', header({ jwk: stranger.publicKey.export({ format: 'jwk' }) })],
  ['jwk is a secret', header({ alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } })],
  ['jti is missing', claims({ jti: undefined })],
  ['jti is a number', claims({ jti: 7 })],
  ['htm is missing', claims({ htm: undefined })],
  ['htm is PUT', claims({ htm: 'PUT' })],
  ['htu is missing', claims({ htu: undefined })],
  ['htu is somewhere else', claims({ htu: 'https://evil.example/token' })],
  [
    'htu is another endpoint',
    claims(({ claims: { htu } }) => ({ htu: new URL('/request', String(htu)).href })),
  ],
  ['iat is missing', claims({ iat: undefined })],
  ['iat is a text', claims({ iat: 'now' })],
  ['exp is past', claims(() => ({ exp: seconds() - 60 }))],
  ['nbf is to come', claims(() => ({ nbf: seconds() + 600 }))],
  ['nonce is made up', claims({ nonce: 'made-up' })],
  ['nonce is missing', claims({ nonce: undefined })],
];

/** As good as the usual one. */
export const rightProofs: [string, Change][] = [
  ['what is unknown is ignored', (proof, key) => header({ x: 1 })(claims({ x: 1 })(proof, key), key)],
  ['htu has a query and a fragment', claims(({ claims: { htu } }) => ({ htu: `${String(htu)}?a=b#c` }))],
  [
    'htu has its host in capitals',
    claims(({ claims: { htu } }) => ({ htu: String(htu).replace('http://localhost', 'HTTP://LOCALHOST') })),
  ],
  [
    'iat is ten seconds ago (…-ensure-dpopproof-with-iat-10seconds-before-succeeds)',
    claims(() => ({ iat: seconds() - 10 })),
  ],
  [
    'iat is in ten seconds (…-ensure-dpopproof-with-iat-10seconds-after-succeeds)',
    claims(() => ({ iat: seconds() + 10 })),
  ],
  [
    'iat is an hour ago: our nonce says when it was made (section 4.3 number 11)',
    claims(() => ({ iat: seconds() - 3600 })),
  ],
  [
    'exp and nbf are right (…-check-dpop-proof-nbf-exp)',
    claims(() => ({ nbf: seconds() - 5, exp: seconds() + 60 })),
  ],
];
