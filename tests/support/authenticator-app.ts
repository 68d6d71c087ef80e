import { TOTP } from 'otpauth';
import type { OpUnderTest } from '../conformance/op-under-test.ts';
import { answerPages, type Person } from './relying-party.ts';
import type { Page, UserAgent } from './user-agent.ts';

/** An authenticator app with one account in it. */
export interface AuthenticatorApp {
  secret: string;
  /** @param stepsAhead of the clock, which may be frozen */
  code(stepsAhead?: number): string;
}

export function authenticatorApp(secret: string): AuthenticatorApp {
  const totp = new TOTP({ secret, digits: 6, period: 30 });
  return {
    secret,
    code: (stepsAhead = 0) => totp.generate({ timestamp: Date.now() + stepsAhead * 30_000 }),
  };
}

/** As somebody types it from the page. */
export function secretOn({ text }: Page): string {
  const groups = /id="totp-key"[^>]*>([^<]*)</.exec(text)?.[1];
  if (groups === undefined) throw new Error(`no key on the page:\n${text.slice(0, 2000)}`);
  return groups.replaceAll(' ', '');
}

export function recoveryCodesOn({ text }: Page): string[] {
  const list = /<ol class="codes"[^>]*>(.*?)<\/ol>/s.exec(text)?.[1] ?? '';
  return [...list.matchAll(/<li>([^<]*)<\/li>/g)].map(([, code = '']) => code);
}

/** Signs in to the account, and sets up an app there. */
export async function enrolApp(
  op: Pick<OpUnderTest, 'issuer' | 'browser' | 'person'>,
  { agent = op.browser(), person = op.person }: { agent?: UserAgent; person?: Person } = {},
) {
  const asked = await agent.open(`${op.issuer}/account/factors/totp`);
  const { page } = await answerPages(agent, asked, person);
  const app = authenticatorApp(secretOn(page));
  const done = await agent.submit(page, 'enrol-totp-form', { code: app.code(-1), action: 'enrol' });
  return { agent, app, page: done, codes: recoveryCodesOn(done) };
}
