import { randomUUID } from 'node:crypto';
import { genericGrantRequest, initiateBackchannelAuthentication } from 'openid-client';
import { answerPages } from '../support/relying-party.ts';
import { selectRows } from '../support/services.ts';
import type { Page } from '../support/user-agent.ts';
import { type FapiClient, type KeyClient, requestObject } from './fapi-client.ts';
import type { OpUnderTest } from './op-under-test.ts';

export const grantType = 'urn:openid:params:grant-type:ciba';

/** Metadata of a client that only asks people who are elsewhere. */
export const kiosk = {
  grant_types: [grantType, 'refresh_token'],
  redirect_uris: [],
  response_types: [],
  client_name: 'Kiosk',
};

/** What is asked, signed by the client (FAPI-CIBA section 5.2.2). */
export function signedRequest(
  op: OpUnderTest,
  client: KeyClient,
  params: Record<string, string> = {},
  wrong: Parameters<typeof requestObject>[3] = {},
): Promise<string> {
  const asked = { scope: 'openid', login_hint: op.person.email, jti: randomUUID(), ...params };
  return requestObject(op, client, asked, wrong);
}

export async function askSigned(
  op: OpUnderTest,
  client: KeyClient,
  params: Record<string, string> = {},
  wrong: Parameters<typeof requestObject>[3] = {},
) {
  const request = await signedRequest(op, client, params, wrong);
  return initiateBackchannelAuthentication(client.config, { request });
}

/** Tokens bound to a proof where `DPoP` is given, and to what the client shows otherwise. */
export const poll = (
  { config, DPoP }: Pick<KeyClient, 'config'> & Partial<FapiClient>,
  auth_req_id: string,
) => genericGrantRequest(config, grantType, { auth_req_id }, DPoP === undefined ? {} : { DPoP });

/** How many people have been asked something. */
export async function countRequests(op: OpUnderTest): Promise<number> {
  const rows = await selectRows(op.gatehouse.databaseUrl, 'SELECT id FROM backchannel_request');
  return rows.length;
}

/** The person opens what the newest mail links to, signs in if need be, and presses a button. */
export async function decide(
  op: OpUnderTest,
  decision: 'approved' | 'denied',
  agent = op.browser(),
): Promise<Page> {
  const rows = await selectRows<{ id: string }>(
    op.gatehouse.databaseUrl,
    'SELECT id FROM backchannel_request ORDER BY id DESC LIMIT 1',
  );
  const first = await agent.open(`${op.issuer}/approve/${String(rows[0]?.id)}`);
  const { page } = await answerPages(agent, first, op.person);
  return agent.submit(page, 'approve-form', { decision });
}
