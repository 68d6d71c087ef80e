import { KeyObject, sign as signWith } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  type JWK,
  jwtVerify,
} from 'jose';
import { clientCredentialsGrant } from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { keyKinds, type PrivateKeys, rotateKeys } from '../../src/keys/index.ts';
import { encryptionKeys } from '../../src/start/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { until } from '../support/until.ts';
import { UserAgent } from '../support/user-agent.ts';

const resource = 'https://notes.example/api';

/** Makes keys, signs with them over HTTP, and never gives one away. */
function startKms() {
  const keys = new Map<string, { privateKey: KeyObject; publicJwk: JWK & { kid: string } }>();
  const kms = { isAway: false, signed: [] as string[] };
  const schemes: Record<string, (data: Buffer, key: KeyObject) => Buffer> = {
    ES256: (data, key) => signWith('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
    RS256: (data, key) => signWith('sha256', data, key),
    PS256: (data, key) => signWith('sha256', data, { key, padding: 6, saltLength: 32 }),
    EdDSA: (data, key) => signWith(null, data, key),
  };
  const server: Server = createServer((request, response) => {
    const name = decodeURIComponent(String(request.url));
    const { privateKey, publicJwk } = keys.get(name) ?? {};
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const scheme = schemes[String(publicJwk?.alg)];
      if (kms.isAway || privateKey === undefined || scheme === undefined) {
        response.writeHead(503).end();
        return;
      }
      kms.signed.push(String(publicJwk?.kid));
      response.end(scheme(Buffer.concat(chunks), privateKey));
    });
  });
  server.listen(0, '127.0.0.1');

  const privateKeys: PrivateKeys = {
    async make(algorithm) {
      const crv = algorithm === 'EdDSA' ? { crv: 'Ed25519' } : {};
      const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true, ...crv });
      const jwk = await exportJWK(publicKey);
      const kid = await calculateJwkThumbprint(jwk);
      const name = `/keys/${keys.size}`;
      keys.set(name, {
        privateKey: KeyObject.from(privateKey),
        publicJwk: { ...jwk, kid, alg: algorithm, use: 'sig' },
      });
      return { kid, kept: name };
    },
    open(algorithm, kept) {
      const { publicJwk } = keys.get(kept) ?? {};
      if (publicJwk === undefined) throw new Error(`there is no key ${kept}`);
      return {
        kid: publicJwk.kid,
        algorithm,
        publicJwk,
        async sign(data) {
          const { port } = server.address() as AddressInfo;
          const answer = await fetch(`http://127.0.0.1:${port}${kept}`, {
            method: 'POST',
            body: Buffer.from(data),
          });
          if (!answer.ok) throw new Error('the key management service does not answer');
          return Buffer.from(await answer.arrayBuffer());
        },
      };
    },
  };
  return Object.assign(kms, { privateKeys, close: () => server.close() });
}

let kms: ReturnType<typeof startKms>;
let gatehouse: TestGatehouse;
let machine: RelyingParty;
beforeAll(async () => {
  kms = startKms();
  gatehouse = await startTestGatehouse({}, systemClock, { privateKeys: kms.privateKeys });
  machine = await party('demo-machine');
});
afterAll(async () => {
  await gatehouse.close();
  kms.close();
});

function party(client_id: string): Promise<RelyingParty> {
  const client = gatehouse.facts.clients[client_id] ?? { client_id };
  return RelyingParty.discover(gatehouse.issuer, client, 'http://127.0.0.1/callback');
}

const accessToken = async () =>
  (await clientCredentialsGrant(machine.config, { resource, scope: 'notes:read' })).access_token;

/** With what the JWKS says now, as an app does that knows nothing of where keys are. */
async function verified(token: string, audience: string) {
  const jwks = createRemoteJWKSet(new URL(`${gatehouse.issuer}/jwks`));
  return (await jwtVerify(token, jwks, { issuer: gatehouse.issuer, audience })).protectedHeader;
}

test('a key whose private half is elsewhere signs ID tokens and at+jwt', async () => {
  const web = await party('demo-web');
  const { tokens } = await web.signIn(new UserAgent(['http://127.0.0.1/callback']), gatehouse.facts.account);
  const idToken = await verified(tokens.id_token ?? '', 'demo-web');
  expect(kms.signed).toContain(idToken.kid);

  const before = kms.signed.length;
  const header = await verified(await accessToken(), resource);
  expect(header).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
  expect(kms.signed.slice(before)).toEqual([header.kid]);
});

test('nothing in the database could sign: of a key there is its name', async () => {
  const database = openDatabase({ url: gatehouse.databaseUrl, poolSize: 1 });
  const sealer = createSealer(encryptionKeys(loadSettings(gatehouse.environment)));
  const rows = await database.prisma.key.findMany({ where: { purpose: 'signing' } });
  const kept = await Promise.all(rows.map(({ id, sealedKey }) => sealer.open(sealedKey, `key/${id}`)));
  expect(kept.toSorted()).toEqual(['/keys/0', '/keys/1', '/keys/2', '/keys/3']);
  await database.close();
});

test('while the service is away there is no token, and afterwards there is one', async () => {
  kms.isAway = true;
  await expect(accessToken()).rejects.toMatchObject({ cause: { status: 500 } });
  kms.isAway = false;
  await expect(verified(await accessToken(), resource)).resolves.toHaveProperty('kid');
});

test('it is rotated like any other: the next one is made there too', async () => {
  const database = openDatabase({ url: gatehouse.databaseUrl, poolSize: 1 });
  const sealer = createSealer(encryptionKeys(loadSettings(gatehouse.environment)));
  const deps = { database, sealer, privateKeys: kms.privateKeys, clock: systemClock };
  const [kid] = await rotateKeys(deps, { kinds: [keyKinds[0]], announcementMs: 0 });
  await until(
    'the new key signs',
    async () => (await verified(await accessToken(), resource)).kid === kid,
    5,
  );
  expect(kms.signed.at(-1)).toBe(kid);
  await database.close();
});
