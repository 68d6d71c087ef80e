import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretJwt,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
} from 'openid-client';
import { saveClient, withProfile } from '../../src/clients/index.ts';
import { loadSettings } from '../../src/config/index.ts';
import { newSecret, systemClock } from '../../src/kernel/index.ts';
import { assignRole } from '../../src/rbac/index.ts';
import { encryptionKeys } from '../../src/start/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { answerPages, type Person } from '../support/relying-party.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

export const callback = 'https://rp.example/callback';

export interface TestClient {
  id: string;
  secret: string | undefined;
  config: Configuration;
}

const bySecret: Record<string, (secret: string) => ClientAuth> = {
  client_secret_post: ClientSecretPost,
  client_secret_jwt: ClientSecretJwt,
};

/** What came back to the redirect URI, however it came. */
export interface AuthorizationResponse {
  params: URLSearchParams;
  /** query · fragment · form_post; undefined when nothing came back and the person reads a page of ours. */
  mode: 'query' | 'fragment' | 'form_post' | undefined;
  /** As openid-client wants it. */
  url: URL;
  page: Page;
  forms: string[];
  sent: { state: string; nonce: string; verifier: string };
}

export interface Authorization {
  client: TestClient;
  /** Beside response_type=code, scope=openid, state, nonce and PKCE; undefined leaves one out. */
  params?: Record<string, string | undefined>;
  agent?: UserAgent;
  method?: 'GET' | 'POST';
  ticked?: string[];
  /** In front of the browser; the demo account unless given. */
  person?: Person;
  /** Another way to send the parameters: in a request object, or pushed. @returns what goes into the address */
  pack?: (params: Record<string, string>) => Promise<Record<string, string>>;
}

/** The provider as a certification test suite sees it: over HTTP, with clients registered for the test. */
export interface OpUnderTest {
  gatehouse: TestGatehouse;
  issuer: string;
  person: Person;
  metadata: ServerMetadata;
  browser(): UserAgent;
  /** `authentication` where it is neither a secret nor nothing. */
  register(metadata?: Record<string, unknown>, authentication?: ClientAuth): Promise<TestClient>;
  /** What a client may do by the management API, beside the scopes of its tokens. */
  giveRole(client: TestClient, role: string): Promise<void>;
  /** A client that nobody registered. */
  discover(clientId: string, authentication: ClientAuth): Promise<TestClient>;
  authorize(authorization: Authorization): Promise<AuthorizationResponse>;
  /** Verified against the published keys, for the client, with the nonce of the request. */
  verifyIdToken(idToken: string, client: TestClient, nonce?: string): Promise<JWTPayload>;
  close(): Promise<void>;
}

export async function startOp(environment: Record<string, string> = {}): Promise<OpUnderTest> {
  const gatehouse = await startTestGatehouse(environment);
  const database = openDatabase({ url: gatehouse.databaseUrl, poolSize: 2 });
  const sealer = createSealer(encryptionKeys(loadSettings(gatehouse.environment)));
  const { issuer } = gatehouse;
  const person = gatehouse.facts.account;
  const browser = () => new UserAgent([new URL(callback).origin]);
  const getJson = async (url: string) => (await fetch(url)).json();
  const metadata = (await getJson(`${issuer}/.well-known/openid-configuration`)) as ServerMetadata;

  async function register(own: Record<string, unknown> = {}, other?: ClientAuth): Promise<TestClient> {
    const id = newSecret(8);
    const complete = withProfile({
      client_id: id,
      redirect_uris: [callback],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      ...own,
    });
    const method = complete.token_endpoint_auth_method;
    const secret = method.startsWith('client_secret') ? newSecret() : undefined;
    await database.prisma.$transaction(transaction =>
      saveClient({ transaction, clock: systemClock, sealer }, { metadata: complete, secret }),
    );
    const authentication =
      secret === undefined ? (other ?? None()) : (bySecret[method] ?? ClientSecretBasic)(secret);
    const config = await discovery(new URL(issuer), id, complete, authentication, {
      execute: [allowInsecureRequests],
    });
    return { id, secret, config };
  }

  async function giveRole({ id }: TestClient, role: string): Promise<void> {
    const to = { type: 'client', id } as const;
    await assignRole({ database, clock: systemClock, sealer }, { role, to }, { kind: 'operator' });
  }

  async function discover(id: string, authentication: ClientAuth): Promise<TestClient> {
    const config = await discovery(new URL(issuer), id, undefined, authentication, {
      execute: [allowInsecureRequests],
    });
    return { id, secret: undefined, config };
  }

  async function authorize(authorization: Authorization): Promise<AuthorizationResponse> {
    const {
      client,
      params = {},
      agent = browser(),
      method = 'GET',
      ticked,
      person: who = person,
      pack = (plain: Record<string, string>) => Promise.resolve(plain),
    } = authorization;
    const sent = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    const all: Record<string, string | undefined> = {
      client_id: client.id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: callback,
      state: sent.state,
      nonce: sent.nonce,
      code_challenge: await calculatePKCECodeChallenge(sent.verifier),
      code_challenge_method: 'S256',
      ...params,
    };
    const plain = Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const query = new URLSearchParams(await pack(plain));
    const endpoint = metadata.authorization_endpoint ?? '';
    const first =
      method === 'GET'
        ? await agent.open(`${endpoint}?${query.toString()}`)
        : await agent.post(endpoint, query.toString());
    const { page, forms } = await answerPages(agent, first, who, ticked);
    return { ...responseOf(page), page, forms, sent };
  }

  async function verifyIdToken(idToken: string, client: TestClient, nonce?: string): Promise<JWTPayload> {
    const keys = createLocalJWKSet((await getJson(metadata.jwks_uri ?? '')) as JSONWebKeySet);
    const { payload } = await jwtVerify(idToken, keys, { issuer, audience: client.id });
    if (payload['nonce'] !== nonce) throw new Error(`the nonce is ${String(payload['nonce'])}`);
    return payload;
  }

  return {
    gatehouse,
    issuer,
    person,
    metadata,
    browser,
    register,
    giveRole,
    discover,
    authorize,
    verifyIdToken,
    async close() {
      await database.close();
      await gatehouse.close();
    },
  };
}

function responseOf(page: {
  url: string;
  text: string;
}): Pick<AuthorizationResponse, 'params' | 'mode' | 'url'> {
  const url = new URL(page.url);
  const form = /<form id="form-post" method="post" action="([^"]*)"[^>]*>(.*?)<\/form>/s.exec(page.text);
  if (form !== null) {
    const params = new URLSearchParams();
    for (const [, name = '', value = ''] of (form[2] ?? '').matchAll(/name="([^"]*)" value="([^"]*)"/g)) {
      params.set(name, value.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&'));
    }
    return { params, mode: 'form_post', url: new URL(`${callback}?${params.toString()}`) };
  }
  if (url.origin !== new URL(callback).origin) return { params: new URLSearchParams(), mode: undefined, url };
  if (url.hash !== '') return { params: new URLSearchParams(url.hash.slice(1)), mode: 'fragment', url };
  return { params: url.searchParams, mode: 'query', url };
}
