import type { OpUnderTest } from '../conformance/op-under-test.ts';
import type { AuthenticatorApp } from './authenticator-app.ts';
import { answerPages } from './relying-party.ts';
import { type Behaviour, createPasskey } from './software-authenticator.ts';
import type { Page, UserAgent } from './user-agent.ts';

/** What the page has the browser ask for. */
export function passkeyOptionsOn(page: Page, name: 'request' | 'creation'): string {
  const value = new RegExp(`data-passkey-${name}="([^"]*)"`).exec(page.text)?.[1];
  if (value === undefined) throw new Error(`no passkey is asked for:\n${page.text.slice(0, 2000)}`);
  return value.replaceAll('&quot;', '"').replaceAll('&#x3D;', '=').replaceAll('&amp;', '&');
}

/** Signs in to the account, and makes a passkey there. */
export async function enrolPasskey(
  op: Pick<OpUnderTest, 'issuer' | 'browser' | 'person'>,
  agent: UserAgent = op.browser(),
  app?: AuthenticatorApp,
  behaviour: Partial<Behaviour> = {},
) {
  const asked = await agent.open(`${op.issuer}/account/factors/passkey`);
  let { page } = await answerPages(agent, asked, op.person);
  if (app !== undefined && page.text.includes('id="challenge-form"')) {
    page = await agent.submit(page, 'challenge-form', { code: app.code(), action: 'verify' });
  }
  const options = passkeyOptionsOn(page, 'creation');
  const passkey = createPasskey(options, { origin: op.issuer, ...behaviour });
  const done = await agent.submit(page, 'enrol-passkey-form', {
    passkey: passkey.created,
    action: 'passkey',
  });
  return { agent, passkey, page: done };
}
