import {
  allowInsecureRequests,
  type ClientAuth,
  type ClientMetadata,
  ClientSecretBasic,
  discovery,
} from 'openid-client';
import { selectRows } from '../support/services.ts';
import { callback, type OpUnderTest, type TestClient } from './op-under-test.ts';

export interface Registered extends Record<string, unknown> {
  client_id: string;
  client_secret?: string;
  registration_access_token: string;
  registration_client_uri: string;
}

/** The least that an app says of itself. */
export const app = { redirect_uris: [callback], client_name: 'Lantern' };

export function register(at: OpUnderTest, metadata: object, token?: string): Promise<Response> {
  return fetch(String(at.metadata.registration_endpoint), {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(metadata),
  });
}

export async function registered(at: OpUnderTest, metadata: object): Promise<Registered> {
  const response = await register(at, metadata);
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json()) as Registered;
}

export function manage(
  { registration_client_uri, registration_access_token }: Registered,
  method: string,
  body?: object,
): Promise<Response> {
  return fetch(registration_client_uri, {
    method,
    headers: {
      Authorization: `Bearer ${registration_access_token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A relying party that knows of itself what the registration answered. `other` where it has no secret. */
export async function clientFrom(
  at: OpUnderTest,
  { client_id, client_secret, ...metadata }: Registered,
  other?: ClientAuth,
): Promise<TestClient> {
  const authentication = other ?? ClientSecretBasic(client_secret ?? '');
  const known = metadata as Partial<ClientMetadata>;
  const config = await discovery(new URL(at.issuer), client_id, known, authentication, {
    execute: [allowInsecureRequests],
  });
  return { id: client_id, secret: client_secret, config };
}

export const dynamicClient = async (at: OpUnderTest, metadata: object = {}, other?: ClientAuth) =>
  clientFrom(at, await registered(at, { ...app, ...metadata }), other);

export async function countClients(at: OpUnderTest): Promise<number> {
  const rows = await selectRows(at.gatehouse.databaseUrl, 'SELECT id FROM client WHERE is_self_registered');
  return rows.length;
}
