import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { saveClient, saveResourceServer } from '../../src/clients/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { type RedisServer, selectRows, startRedis, until } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

const callback = 'https://shop.example/callback';
const partner = 'https://partner.example';
const [front, vault, ledger] = ['front', 'vault', 'ledger'].map(name => `https://${name}.example/`) as [
  string,
  string,
  string,
];
const scope = 'items:read';
const grantTypes = {
  device: 'urn:ietf:params:oauth:grant-type:device_code',
  ciba: 'urn:openid:params:grant-type:ciba',
  jwtBearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
};
const secrets = { shop: 's'.repeat(43), 'front-api': 'f'.repeat(43) };
type ClientId = keyof typeof secrets;

/** The last request of a grant, sent to one process. @returns `ok`, or the error it is refused with */
type Ask = (process: number) => Promise<string>;
export type Asks = Readonly<Record<string, Ask>>;

/** A cluster, an app that uses every grant, an API that exchanges the tokens it gets, and somebody who vouches for people. */
export interface Parties {
  cluster: Cluster;
  redis: RedisServer;
  /** What needs nothing from before. */
  standing: Asks;
  /** What somebody who has just signed in leaves in the app: good again and again, and good once. */
  signIn(): Promise<{ held: Asks; once: () => Promise<Asks> }>;
  close(): Promise<void>;
}

export async function startParties(): Promise<Parties> {
  const redis = await startRedis();
  const cluster = await startCluster({ redisUrl: redis.url });
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  await register(cluster.databaseUrl, { ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' });
  const shop = await RelyingParty.discover(
    cluster.issuer,
    { client_id: 'shop', client_secret: secrets.shop },
    callback,
  );
  const person = cluster.account;

  async function post(to: string, path: string, client: ClientId, body: Record<string, string>) {
    const answer = await fetch(to + path, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${client}:${secrets[client]}`)}` },
      body: new URLSearchParams(body),
    });
    return (await answer.json()) as Record<string, string>;
  }
  const ask =
    (
      path: string,
      body: () => Record<string, string> | Promise<Record<string, string>>,
      client: ClientId = 'shop',
    ): Ask =>
    async process => {
      const { error = 'ok' } = await post(cluster.processes[process]?.url ?? '', path, client, await body());
      return error;
    };

  async function code(agent: UserAgent, params: Record<string, string> = {}) {
    const { url, verifier } = await shop.request({ scope: 'openid', ...params });
    const { page } = await answerPages(agent, await agent.open(url), person);
    return {
      grant_type: 'authorization_code',
      code: new URL(page.url).searchParams.get('code') ?? '',
      redirect_uri: callback,
      code_verifier: verifier,
    };
  }

  async function deviceCode(agent: UserAgent) {
    const started = await post(cluster.issuer, '/device/auth', 'shop', { scope: 'openid' });
    const confirm = await agent.open(started['verification_uri_complete'] ?? '');
    await answerPages(agent, await agent.submit(confirm, 'device-confirm-form'), person);
    return { grant_type: grantTypes.device, device_code: started['device_code'] ?? '' };
  }

  const backchannelRequest = () => ({
    scope: 'openid',
    login_hint: person.email,
    binding_message: Math.random().toString(36),
  });

  async function approved(agent: UserAgent) {
    const request = backchannelRequest();
    const { auth_req_id = '' } = await post(cluster.issuer, '/backchannel', 'shop', request);
    const [row] = await selectRows(
      cluster.databaseUrl,
      `SELECT id FROM backchannel_request WHERE binding_message = '${request.binding_message}'`,
    );
    const page = await agent.open(`${cluster.issuer}/approve/${String(row?.['id'])}`);
    await agent.submit(page, 'approve-form', { decision: 'approved' });
    return { grant_type: grantTypes.ciba, auth_req_id };
  }

  async function vouched() {
    const assertion = await new SignJWT({ jti: Math.random().toString(36) })
      .setProtectedHeader({ alg: 'ES256', kid: 'a' })
      .setIssuer(partner)
      .setSubject(person.email)
      .setAudience(cluster.issuer)
      .setIssuedAt()
      .setExpirationTime('1 minute')
      .sign(privateKey);
    return { grant_type: grantTypes.jwtBearer, assertion, resource: front, scope };
  }

  async function tokenFor(agent: UserAgent, resource: string): Promise<string> {
    const bought = await code(agent, { scope: `openid ${scope}`, resource });
    const { access_token = '' } = await post(cluster.issuer, '/token', 'shop', { ...bought, resource });
    return access_token;
  }

  const exchange = (token: string) => ({
    grant_type: grantTypes.exchange,
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    resource: ledger,
  });

  /** One for every process: whoever comes second with the same would be refused for that. */
  async function oneEach(make: () => Promise<Record<string, string>>): Promise<Ask> {
    const bodies: Record<string, string>[] = [];
    for (const _ of cluster.processes) bodies.push(await make());
    return process => ask('/token', () => bodies[process] ?? {})(process);
  }

  return {
    cluster,
    redis,
    standing: {
      'device authorization': ask('/device/auth', () => ({ scope: 'openid' })),
      'CIBA request': ask('/backchannel', backchannelRequest),
      'JWT bearer': ask('/token', vouched),
    },
    async signIn() {
      const agent = new UserAgent([callback]);
      const jwt = await tokenFor(agent, front);
      const opaque = await tokenFor(agent, vault);
      const { access_token: ofPartner = '' } = await post(cluster.issuer, '/token', 'shop', await vouched());
      // A process may still remember what the test before had disabled.
      const exchanged = await until('it can be exchanged', async () => {
        const answer = await post(cluster.issuer, '/token', 'front-api', exchange(jwt));
        return answer['access_token'];
      });
      const held = {
        'exchange of a JWT': ask('/token', () => exchange(jwt), 'front-api'),
        'exchange of an opaque token': ask('/token', () => exchange(opaque), 'front-api'),
        'exchange of a token without a grant': ask('/token', () => exchange(ofPartner), 'front-api'),
        'exchange of what was exchanged': ask('/token', () => exchange(exchanged), 'front-api'),
      };
      const once = async () => ({
        'authorization code': await oneEach(() => code(agent)),
        'device code': await oneEach(() => deviceCode(agent)),
        'CIBA poll': await oneEach(() => approved(agent)),
      });
      return { held, once };
    },
    async close() {
      await cluster.close();
      await redis.stop();
    },
  };
}

async function register(databaseUrl: string, partnerKey: object): Promise<void> {
  const database = openDatabase({ url: databaseUrl, poolSize: 1 });
  const sealer = createSealer([{ id: 'any', bytes: Buffer.alloc(32) }]);
  const scopes = { [front]: scope, [vault]: scope };
  await database.prisma.$transaction(async transaction => {
    const deps = { transaction, clock: systemClock, sealer };
    for (const identifier of [front, vault, ledger]) {
      await saveResourceServer(deps, {
        identifier,
        name: 'API',
        scopes: [scope],
        accessTokenFormat: identifier === vault ? 'opaque' : 'jwt',
        accessTokenSigningAlg: 'ES256',
        accessTokenLifetimeSeconds: 300,
      });
    }
    const shop = {
      client_id: 'shop',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', grantTypes.device, grantTypes.ciba, grantTypes.jwtBearer],
      response_types: ['code'],
      redirect_uris: [callback],
      backchannel_token_delivery_mode: 'poll',
      resource_scopes: scopes,
      assertion_issuers: [{ issuer: partner, subject: 'email', jwks: { keys: [partnerKey] } }],
    };
    const api = {
      client_id: 'front-api',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: [grantTypes.exchange],
      response_types: [],
      redirect_uris: [],
      resource_scopes: { [ledger]: scope },
      token_exchange: [front, vault, ledger].map(from => ({ from, to: ledger, mode: 'delegation' })),
    };
    await saveClient(deps, { metadata: shop, secret: secrets.shop });
    await saveClient(deps, { metadata: api, secret: secrets['front-api'] });
  });
  await database.close();
}
