import { callback, type OpUnderTest, type TestClient } from '../conformance/op-under-test.ts';
import type { Person } from './relying-party.ts';
import type { Page, UserAgent } from './user-agent.ts';

/** Somebody in front of a page. */
export interface Asked {
  agent: UserAgent;
  page: Page;
}

export interface SignIn {
  agent?: UserAgent;
  params?: Record<string, string>;
  person?: Person;
}

/** From an app up to whatever comes after the identifier and the password, where those are asked for. */
export async function enterPassword(
  op: OpUnderTest,
  client: TestClient,
  { agent = op.browser(), params = {}, person = op.person }: SignIn = {},
): Promise<Asked> {
  const url = new URL(`${op.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: callback,
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
    ...params,
  }).toString();
  let page = await agent.open(url.href);
  if (page.text.includes('id="identifier-form"'))
    page = await agent.submit(page, 'identifier-form', { identifier: person.email, action: 'continue' });
  if (page.text.includes('id="password-form"'))
    page = await agent.submit(page, 'password-form', { password: person.password, action: 'sign-in' });
  return { agent, page };
}
