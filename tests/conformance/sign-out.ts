import { authorizationCodeGrant } from 'openid-client';
import type { Page, UserAgent } from '../support/user-agent.ts';
import { checksOf } from './fapi-client.ts';
import type { OpUnderTest, TestClient } from './op-under-test.ts';

/** Signed in to an app in this browser: its tokens, and how it knows the session. */
export async function signInTo(op: OpUnderTest, client: TestClient, agent: UserAgent) {
  const response = await op.authorize({ client, agent });
  const tokens = await authorizationCodeGrant(client.config, response.url, checksOf(response));
  const { sub, sid } = tokens.claims() as unknown as { sub: string; sid: string };
  return { tokens, sub, sid, idToken: tokens.id_token ?? '', params: response.params };
}

export function signOut(
  op: OpUnderTest,
  agent: UserAgent,
  params: Record<string, string> = {},
): Promise<Page> {
  return agent.open(`${String(op.metadata.end_session_endpoint)}?${new URLSearchParams(params).toString()}`);
}

/** Whether this browser still gets a code without being asked anything. */
export async function isSignedIn(op: OpUnderTest, client: TestClient, agent: UserAgent): Promise<boolean> {
  return (await op.authorize({ client, agent, params: { prompt: 'none' } })).params.has('code');
}
