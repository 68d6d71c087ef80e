import { z } from 'zod';
import { accountSettings } from './account-settings.ts';
import { define } from './definition.ts';
import { factorSettings } from './factor-settings.ts';
import {
  addressRange,
  certificates,
  commaList,
  encryptionKeys,
  host,
  issuer,
  port,
  wholeNumber,
} from './formats.ts';
import { passwordSettings } from './password-settings.ts';
import { profileSettings } from './profile-settings.ts';

/** Every setting there is, in the order in which the documentation lists them. */
export const definitions = {
  mode: define({
    env: 'NODE_ENV',
    schema: z.enum(['development', 'production'], { error: 'must be development or production' }),
    fallback: 'development',
    describe:
      '`development` brings its own database, demo accounts and clients; `production` refuses all of these.',
  }),
  issuer: define({
    env: 'ISSUER',
    schema: issuer,
    fallback: undefined,
    fallbackNote: '`http://localhost:<PORT>`',
    describe:
      'The issuer identifier, and the address under which browsers reach the public listener. https in production.',
    isRequiredInProduction: true,
  }),
  port: define({
    env: 'PORT',
    schema: port,
    fallback: '3000',
    describe: 'Public listener: protocol endpoints and hosted pages.',
  }),
  managementPort: define({
    env: 'MANAGEMENT_PORT',
    schema: port,
    fallback: '3001',
    describe: 'Management API listener.',
  }),
  managementUrl: define({
    env: 'MANAGEMENT_URL',
    schema: issuer,
    fallback: undefined,
    fallbackNote: '`http://localhost:<MANAGEMENT_PORT>`; in production nothing is announced',
    describe:
      'Where callers reach the management API, such as https://id-api.example.com: `/.well-known/authzen-configuration` says it to those who ask for decisions.',
  }),
  operationsPort: define({
    env: 'OPERATIONS_PORT',
    schema: port,
    fallback: '3002',
    describe: 'Listener for `/livez`, `/readyz` and `/metrics`. Not for the internet.',
  }),
  samplePort: define({
    env: 'SAMPLE_PORT',
    schema: port,
    fallback: '3003',
    describe: 'Sample relying party and development mailbox. Development only.',
  }),
  bindAddress: define({
    env: 'BIND_ADDRESS',
    schema: z.union([z.ipv4(), z.ipv6()], {
      error: 'must be an IP address of this machine, such as 127.0.0.1 or 0.0.0.0',
    }),
    fallback: '127.0.0.1',
    describe: 'Address that all listeners bind to.',
  }),
  dataDir: define({
    env: 'DATA_DIR',
    schema: z.string().min(1, 'must name a folder'),
    fallback: '.data',
    describe: 'Folder for the embedded database and the keys made in development.',
  }),
  databaseUrl: define({
    env: 'DATABASE_URL',
    schema: z.url({
      protocol: /^postgres(ql)?$/,
      error: 'must look like postgresql://user:password@host:5432/database',
    }),
    fallback: undefined,
    fallbackNote: 'a PostgreSQL of its own under `DATA_DIR`',
    describe: 'PostgreSQL 15 or newer.',
    isSecret: true,
    isRequiredInProduction: true,
  }),
  databasePoolSize: define({
    env: 'DATABASE_POOL_SIZE',
    schema: wholeNumber(1, 500),
    fallback: '10',
    describe: 'Connections to PostgreSQL per process.',
  }),
  redisUrl: define({
    env: 'REDIS_URL',
    schema: z.url({
      protocol: /^(redis|rediss|redis\+sentinel|redis\+cluster)$/,
      error: 'must start with redis://, rediss://, redis+sentinel:// or redis+cluster://',
    }),
    fallback: undefined,
    fallbackNote: 'sessions, grants and tokens are kept in PostgreSQL',
    describe: 'Redis 7 or newer for sessions, grants and tokens.',
    isSecret: true,
  }),
  encryptionKeys: define({
    env: 'ENCRYPTION_KEYS',
    schema: encryptionKeys,
    fallback: undefined,
    fallbackNote: 'made once and kept in `DATA_DIR/encryption-keys`',
    describe:
      'Keys that encrypt secrets at rest: `id:key` pairs separated by commas, each key 32 random bytes in base64url. The first encrypts, all decrypt. `npm run make-encryption-key` prints a new pair.',
    isSecret: true,
    isRequiredInProduction: true,
  }),
  keyRotationDays: define({
    env: 'KEY_ROTATION_DAYS',
    schema: wholeNumber(1, 3650),
    fallback: '90',
    describe:
      'How long a key for signing, cookies or DPoP nonces is in use before the next one takes its place. It is still accepted for 30 days.',
  }),
  keyAnnouncementHours: define({
    env: 'KEY_ANNOUNCEMENT_HOURS',
    schema: wholeNumber(1, 720),
    fallback: '24',
    describe:
      'How long the next signing key stands in the JWKS before it is used. Longer than any app keeps its copy.',
  }),
  outgoingCa: define({
    env: 'OUTGOING_CA',
    schema: certificates,
    fallback: undefined,
    fallbackNote: 'the authorities that come with Node',
    describe:
      'Certificate authorities in PEM, trusted beside the usual ones where Gatehouse fetches what clients registered (keys, request objects) or tells them of sign-outs.',
  }),
  dangerouslyFetchFrom: define({
    env: 'DANGEROUSLY_FETCH_FROM',
    schema: commaList(host),
    fallback: '',
    fallbackNote: 'none',
    describe:
      'Hosts, or `host:port`, that may be fetched from although they are not on the public internet. For tests; refused in production.',
  }),
  clientDocumentHosts: define({
    env: 'CLIENT_DOCUMENT_HOSTS',
    schema: commaList(host),
    fallback: '',
    fallbackNote: 'none',
    describe:
      'Hosts whose client ID metadata documents are taken: there, an https address is a `client_id` without a registration. `*` for any host.',
  }),
  mtlsOrigin: define({
    env: 'MTLS_ORIGIN',
    schema: issuer,
    fallback: undefined,
    fallbackNote: 'no mutual TLS',
    describe:
      'Where your proxy asks for client certificates, such as https://mtls.id.example.com. It passes them on in `Client-Cert` (RFC 9440) and must be listed in `TRUSTED_PROXIES`.',
  }),
  clientCertificateCa: define({
    env: 'CLIENT_CERTIFICATE_CA',
    schema: certificates,
    fallback: undefined,
    fallbackNote: 'only self-signed certificates that clients registered',
    describe:
      'Certificate authorities in PEM that issue the certificates of clients with `tls_client_auth`. Each must have signed them itself.',
  }),
  clientRegistration: define({
    env: 'CLIENT_REGISTRATION',
    schema: z.enum(['token', 'off'], { error: 'must be token or off' }),
    fallback: 'token',
    describe:
      'Whether apps may register themselves (RFC 7591) with an initial access token, which `node src/cli.ts registration-tokens create` makes.',
  }),
  dangerouslyOpenRegistration: define({
    env: 'DANGEROUSLY_OPEN_REGISTRATION',
    schema: z.enum(['true'], { error: 'must be true, or left out' }),
    fallback: undefined,
    fallbackNote: 'no',
    describe: 'Lets anybody register clients, without a token. For tests; refused in production.',
  }),
  unusedClientDays: define({
    env: 'UNUSED_CLIENT_DAYS',
    schema: wholeNumber(1, 3650),
    fallback: '30',
    describe: 'A client that registered itself and was never used is removed after this.',
  }),
  ...accountSettings,
  ...profileSettings,
  ...passwordSettings,
  ...factorSettings,
  refreshTokenIdleDays: define({
    env: 'REFRESH_TOKEN_IDLE_DAYS',
    schema: wholeNumber(1, 365),
    fallback: '14',
    describe: 'A refresh token that is not used for this long is dead. A client may ask for less.',
  }),
  refreshTokenTotalDays: define({
    env: 'REFRESH_TOKEN_TOTAL_DAYS',
    schema: wholeNumber(1, 3650),
    fallback: '90',
    describe:
      'However often a refresh token is used, after this the person signs in again. A client may ask for less.',
  }),
  refreshTokenRetrySeconds: define({
    env: 'REFRESH_TOKEN_RETRY_SECONDS',
    schema: wholeNumber(0, 60),
    fallback: '10',
    describe:
      'For this long after a rotation the same client may use the old refresh token again and gets the same new one. `0` ends the grant at once.',
  }),
  trustedProxies: define({
    env: 'TRUSTED_PROXIES',
    schema: commaList(addressRange),
    fallback: '',
    fallbackNote: 'none',
    describe: 'Address ranges (CIDR, separated by commas) of the proxies whose X-Forwarded-For is believed.',
  }),
  logLevel: define({
    env: 'LOG_LEVEL',
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent'], {
      error: 'must be debug, info, warn, error or silent',
    }),
    fallback: 'info',
    describe: 'Least severe log line that is written.',
  }),
  passwordHashConcurrency: define({
    env: 'PASSWORD_HASH_CONCURRENCY',
    schema: wholeNumber(1, 64),
    fallback: undefined,
    fallbackNote: 'half of the cores, at least 1',
    describe: 'Password hashes computed at once per process.',
  }),
  passwordHashQueue: define({
    env: 'PASSWORD_HASH_QUEUE',
    schema: wholeNumber(0, 10_000),
    fallback: '100',
    describe:
      'Password hashes that may wait per process. Beyond it, people are asked to try again in a few seconds (503).',
  }),
  shutdownGraceSeconds: define({
    env: 'SHUTDOWN_GRACE_SECONDS',
    schema: wholeNumber(0, 600),
    fallback: '10',
    describe: 'How long requests under way may take to finish after SIGTERM.',
  }),
  smtpUrl: define({
    env: 'SMTP_URL',
    schema: z.url({ protocol: /^smtps?$/, error: 'must look like smtps://user:password@host:465' }),
    fallback: undefined,
    fallbackNote: 'the development mailbox',
    describe: 'Mail server that takes outgoing mail.',
    isSecret: true,
    isRequiredInProduction: true,
  }),
  mailFrom: define({
    env: 'MAIL_FROM',
    schema: z
      .string()
      .regex(
        /^[^\r\n<>]*<?[^\s<>@]+@[^\s<>@]+>?$/,
        'must be an address, such as Gatehouse <no-reply@example.com>',
      ),
    fallback: 'Gatehouse <no-reply@localhost>',
    describe: 'Sender of all mail.',
  }),
};

export type SettingName = keyof typeof definitions;
