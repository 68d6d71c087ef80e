import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import type { JWK, JWTPayload } from 'jose';
import { createAccount } from '../../src/accounts/index.ts';
import { saveClient, saveResourceServer } from '../../src/clients/index.ts';
import { listen } from '../../src/http/index.ts';
import { type Clock, dateOf, newId } from '../../src/kernel/index.ts';
import { type KeyRing, localPrivateKeys, openKeyRing } from '../../src/keys/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { createMailer, createOutbox, type Outbox } from '../../src/mail/index.ts';
import type { Operation } from '../../src/management-api/define-operation.ts';
import {
  createManagementApi,
  managementResource,
  managementResourceServer,
  managementScopes,
} from '../../src/management-api/index.ts';
import { multiFactor } from '../../src/mfa/index.ts';
import { type Access, builtInRoles, createAccess, saveBuiltInRoles } from '../../src/rbac/index.ts';
import { openTemplates } from '../../src/start/open-templates.ts';
import { createSealer, type Database, openDatabase, type Sealer } from '../../src/store/index.ts';
import { freePort, freshDatabase, type TestDatabase } from '../support/services.ts';
import { signJwt } from '../support/sign-jwt.ts';

export const issuer = 'https://id.lantern.example';
export const machine = 'night-watch';
export const tool = 'gatehouse-cli';

const now = Date.parse('2026-03-01T12:00:00Z');
export const nowSeconds = now / 1000;
const frozen: Clock = { now: () => now };
const policy = { rotationMs: 90 * 86_400_000, announcementMs: 86_400_000 };

export interface TestApi {
  url: string;
  database: Database;
  databaseUrl: string;
  keys: KeyRing;
  sealer: Sealer;
  outbox: Outbox;
  access: Access;
  ownerId: string;
  memberId: string;
  logged: () => string;
  observed: { route: string; status: number }[];
  /** A token as the provider would issue it to `machine` for itself; a claim or header given replaces that one. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** What only the service itself can read. */
  privateJwk(algorithm: string): Promise<JWK>;
  get(path: string, token?: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

interface Options {
  operations?: readonly Operation[];
  /** Instead of a fresh one. */
  place?: TestDatabase;
  /** Instead of the frozen one. */
  clock?: Clock;
  factorResetApproval?: 'one' | 'two';
}

/** The real API on a free port with a database of its own, a frozen clock, two clients and two people. */
export async function startApi({
  operations,
  place,
  clock = frozen,
  factorResetApproval = 'one',
}: Options = {}): Promise<TestApi> {
  const { url: databaseUrl, drop } = place ?? (await freshDatabase());
  const database = openDatabase({ url: databaseUrl, poolSize: 4 });
  const sealer = createSealer([{ id: 'a', bytes: randomBytes(32) }]);
  let logged = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const log = createLogger({ level: 'info', destination });
  const keys = await openKeyRing({ database, sealer, privateKeys: localPrivateKeys, clock, log, policy });
  // Nothing is sent: what is looked at is that it was written.
  const mailer = createMailer({ url: undefined, from: 'id@lantern.example' });
  const templates = openTemplates();
  const outbox = { ...createOutbox({ database, clock, sealer, log, templates, mailer }), soon: () => {} };
  const people = await addPeople(database, sealer);
  const access = createAccess({ database, clock });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const observed: TestApi['observed'] = [];
  const api = createManagementApi(
    {
      issuer,
      sealer,
      decide: () => Promise.resolve(false),
      outbox,
      factorResetApproval,
      access,
      stepUp: { maxAgeSeconds: 3600 },
      url: 'https://api.lantern.example',
      database,
      keys,
      clock,
      log,
      observe: ({ route, status }) => observed.push({ route, status }),
      isHttps: false,
    },
    operations,
  );
  const listener = await listen(api.callback(), { port, address: '127.0.0.1', setting: 'MANAGEMENT_PORT' });

  return {
    url,
    database,
    databaseUrl,
    keys,
    sealer,
    outbox,
    access,
    ...people,
    logged: () => logged,
    observed,
    token: (claims = {}, header = {}) => sign(keys, claims, header),
    async privateJwk(algorithm) {
      const { id, sealedKey } = await database.prisma.key.findFirstOrThrow({ where: { algorithm } });
      return JSON.parse(await sealer.open(sealedKey, `key/${id}`)) as JWK;
    },
    get: (path, token, init = {}) =>
      fetch(url + path, {
        redirect: 'manual',
        ...init,
        headers: {
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          ...(init.headers as Record<string, string> | undefined),
        },
      }),
    async close() {
      await listener.close(1);
      keys.close();
      await database.close();
      await drop();
    },
  };
}

async function addPeople(database: Database, sealer: Sealer) {
  const people = await database.prisma.$transaction(async transaction => {
    const deps = { transaction, clock: frozen, sealer };
    const administered = { resourceServer: managementResource(issuer), permissions: managementScopes };
    await saveResourceServer(deps, managementResourceServer(issuer));
    await saveBuiltInRoles(deps, administered);
    for (const client_id of [machine, tool]) {
      await saveClient(deps, { metadata: { client_id }, secret: undefined });
    }
    const person = (name: string, isOwner: boolean) =>
      createAccount(deps, {
        email: `${name.toLowerCase()}@lantern.example`,
        isEmailVerified: true,
        claims: { name },
        isOwner,
      });
    return { ownerId: await person('Ada', true), memberId: await person('Grace', false) };
  });
  const { id: roleId } = builtInRoles.administrator;
  const assignment = { id: newId(), roleId, clientId: machine, createdAt: dateOf(frozen) };
  await database.prisma.roleAssignment.create({ data: assignment });
  return people;
}

/** RFC 9068 section 2. */
export const validClaims: JWTPayload = {
  iss: issuer,
  aud: `${issuer}/api`,
  sub: machine,
  client_id: machine,
  scope: 'accounts:read',
  jti: 'a-token',
  acr: multiFactor,
  auth_time: nowSeconds - 10,
  iat: nowSeconds - 10,
  exp: nowSeconds + 590,
};

async function sign(
  keys: KeyRing,
  claims: Record<string, unknown>,
  header: Record<string, unknown>,
): Promise<string> {
  const key = keys.current().signing.find(({ algorithm }) => algorithm === (header['alg'] ?? 'ES256'));
  if (key === undefined) throw new Error('there is no such key');
  return signJwt(key, { typ: 'at+jwt', ...header }, { ...validClaims, ...claims });
}
