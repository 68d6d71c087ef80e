import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Specification {
  name: string;
  /** Whether a client has it without asking; otherwise what has to be said. */
  byDefault: string;
  /** Test files, under tests/. */
  tests: readonly string[];
}

const inMetadata = 'in the client’s metadata';
const inProfile = '`profile`';

/** What Gatehouse speaks. The order is that of the table in the README. */
export const specifications: readonly Specification[] = [
  {
    name: 'OpenID Connect Core 1.0: code flow (Basic OP)',
    byDefault: 'yes',
    tests: [
      'conformance/basic',
      'conformance/time',
      'conformance/pkce',
      'conformance/parameter-pollution',
      'conformance/strange-values',
      'conformance/algorithm-swaps',
    ],
  },
  {
    name: 'OpenID Connect Core 1.0: implicit and hybrid flows',
    byDefault: inMetadata,
    tests: ['conformance/implicit', 'conformance/hybrid'],
  },
  {
    name: 'OpenID Connect Core 1.0: pairwise subjects',
    byDefault: inMetadata,
    tests: ['conformance/subjects'],
  },
  {
    name: 'Initiating User Registration 1.0 (`prompt=create`)',
    byDefault: '`ACCOUNT_REGISTRATION`',
    tests: ['conformance/prompt-create', 'registration/register'],
  },
  {
    name: 'OpenID Connect Core 1.0: third-party-initiated login',
    byDefault: inMetadata,
    tests: ['conformance/third-party-init'],
  },
  {
    name: 'OpenID Connect Discovery 1.0, RFC 8414, RFC 9207 (Config OP)',
    byDefault: 'yes',
    tests: ['conformance/config', 'oidc/public-documents'],
  },
  { name: 'OAuth 2.0 Form Post Response Mode', byDefault: 'yes', tests: ['conformance/form-post'] },
  {
    name: 'Dynamic Client Registration: OpenID Connect 1.0, RFC 7591, RFC 7592',
    byDefault: 'with a token (`CLIENT_REGISTRATION`)',
    tests: [
      'conformance/dynamic',
      'conformance/dynamic-keys',
      'conformance/dynamic-pages',
      'conformance/dynamic-requests',
    ],
  },
  {
    name: 'OAuth Client ID Metadata Document',
    byDefault: '`CLIENT_DOCUMENT_HOSTS`',
    tests: ['oidc/outgoing'],
  },
  { name: 'RP-Initiated Logout 1.0', byDefault: 'yes', tests: ['conformance/rp-initiated-logout'] },
  { name: 'Back-Channel Logout 1.0', byDefault: inMetadata, tests: ['conformance/back-channel-logout'] },
  { name: 'Front-Channel Logout 1.0', byDefault: inMetadata, tests: ['conformance/front-channel-logout'] },
  { name: 'Session Management 1.0', byDefault: 'yes', tests: ['conformance/session-management'] },
  { name: 'JWT-Secured Authorization Response Mode (JARM)', byDefault: 'yes', tests: ['conformance/jarm'] },
  {
    name: 'RFC 9101 · Request objects, by value and by reference',
    byDefault: 'yes',
    tests: ['conformance/request-objects'],
  },
  {
    name: 'RFC 9126 · Pushed authorization requests',
    byDefault: 'yes',
    tests: ['conformance/pushed-requests'],
  },
  { name: 'RFC 9449 · DPoP', byDefault: 'yes', tests: ['conformance/dpop'] },
  { name: 'RFC 8705 · Mutual TLS', byDefault: '`MTLS_ORIGIN`', tests: ['conformance/mutual-tls'] },
  {
    name: 'RFC 7523 · private_key_jwt and client_secret_jwt',
    byDefault: inMetadata,
    tests: ['conformance/client-secret-jwt', 'conformance/fapi2-security'],
  },
  {
    name: 'RFC 7662, RFC 9701 · Introspection',
    byDefault: 'for the API a token is for',
    tests: ['conformance/introspection'],
  },
  {
    name: 'RFC 6749 · Refresh tokens with rotation',
    byDefault: 'yes',
    tests: ['oidc/refresh-tokens', 'oidc/races'],
  },
  {
    name: 'RFC 8628 · Device authorization',
    byDefault: inMetadata,
    tests: ['conformance/device-authorization', 'pages/provider-pages'],
  },
  {
    name: 'RFC 6238, RFC 8176, Web Authentication Level 3 · Authenticator apps and passkeys',
    byDefault: 'yes',
    tests: ['mfa/second-factor', 'mfa/passkeys', 'mfa/attestation', 'journeys/factors'],
  },
  {
    name: 'RFC 9470 · Step-up; Unmet Authentication Requirements 1.0',
    byDefault: 'yes',
    tests: ['mfa/assurance', 'mfa/every-way'],
  },
  {
    name: 'RFC 9162 · Merkle tree over the record of events',
    byDefault: 'yes',
    tests: ['audit/log', 'management-api/audit'],
  },
  { name: 'RFC 8693 · Token exchange', byDefault: 'by an administrator', tests: ['oidc/token-exchange'] },
  { name: 'RFC 7523 · JWT bearer grant', byDefault: 'by an administrator', tests: ['oidc/jwt-bearer'] },
  {
    name: 'RFC 8707, RFC 9068 · Resource indicators, JWT access tokens',
    byDefault: 'by an administrator',
    tests: ['conformance/resource-servers', 'oidc/relying-parties', 'management-api/issued-token'],
  },
  {
    name: 'RFC 9396 · Rich authorization requests',
    byDefault: 'by an administrator',
    tests: ['oidc/authorization-details'],
  },
  {
    name: 'CIBA Core 1.0, poll and ping; FAPI-CIBA',
    byDefault: inMetadata,
    tests: ['conformance/fapi-ciba', 'conformance/fapi-ciba-requests', 'conformance/fapi-ciba-mtls'],
  },
  {
    name: 'FAPI 1.0 Advanced',
    byDefault: inProfile,
    tests: [
      'conformance/fapi1-advanced',
      'conformance/fapi1-advanced-requests',
      'conformance/fapi1-advanced-modules',
    ],
  },
  {
    name: 'FAPI 2.0 Security Profile',
    byDefault: inProfile,
    tests: [
      'conformance/fapi2-security',
      'conformance/fapi2-security-proofs',
      'conformance/fapi2-security-modules',
    ],
  },
  {
    name: 'FAPI 2.0 Message Signing',
    byDefault: inProfile,
    tests: ['conformance/fapi2-message-signing', 'conformance/fapi2-message-signing-modules'],
  },
];

/** Passed tests by file, as of the last time `npm run conformance` ran; `npm test` fails where it is not true any more. */
export const resultsFile = 'docs/conformance.json';

export type Results = Readonly<Record<string, number>>;

export const testFiles = [...new Set(specifications.flatMap(({ tests }) => tests))].toSorted();

export function readResults(): Results {
  return JSON.parse(readFileSync(resultsFile, 'utf8')) as Results;
}

interface FileResult {
  name: string;
  assertionResults: { status: string }[];
}

export function resultsOf(files: readonly FileResult[]): Results {
  const byName = new Map(
    files.map(({ name, assertionResults }) => [
      relative('tests', name).replace(/\.test\.ts$/, ''),
      assertionResults.filter(({ status }) => status === 'passed').length,
    ]),
  );
  return Object.fromEntries(testFiles.map(file => [file, byName.get(file) ?? 0]));
}

export function specificationsTable(): string {
  const results = readResults();
  const rows = specifications.map(({ name, byDefault, tests }) => {
    const tested = tests.map(file => `[${file}](tests/${file}.test.ts) (${results[file] ?? 0})`);
    return `| ${name} | ${byDefault} | ${tested.join(', ')} |`;
  });
  return ['| specification | on by default | tests that pass |', '| --- | --- | --- |', ...rows].join('\n');
}
