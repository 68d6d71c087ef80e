import type { TestGatehouse } from './gatehouse.ts';
import { until } from './until.ts';

export interface ReceivedMail {
  recipients: string[];
  subject: string;
  text: string;
  html: string;
}

/** What every sign-in with a new browser causes. */
const notice = 'A new sign-in to your account';
/** What every app causes that is allowed to go on by itself. */
const appNotice = /has access to your account$/;

/** All that arrived at this address, the oldest first, but for notices of new browsers and apps: tests sign in with many. */
export async function mailsTo(gatehouse: TestGatehouse, address: string): Promise<ReceivedMail[]> {
  return (await allTo(gatehouse, address)).filter(
    ({ subject }) => subject !== notice && !appNotice.test(subject),
  );
}

/** The notices of new browsers alone. */
export async function noticesTo(gatehouse: TestGatehouse, address: string): Promise<ReceivedMail[]> {
  return (await allTo(gatehouse, address)).filter(({ subject }) => subject === notice);
}

/** The notices of apps alone. */
export async function appNoticesTo(gatehouse: TestGatehouse, address: string): Promise<ReceivedMail[]> {
  return (await allTo(gatehouse, address)).filter(({ subject }) => appNotice.test(subject));
}

async function allTo({ facts }: TestGatehouse, address: string): Promise<ReceivedMail[]> {
  const answer = await fetch(`${facts.mailbox_url}/messages.json`);
  const mails = (await answer.json()) as ReceivedMail[];
  return mails.filter(({ recipients }) => recipients.includes(address)).toReversed();
}

/** The n-th that arrives there. */
export function mailTo(gatehouse: TestGatehouse, address: string, nth = 1): Promise<ReceivedMail> {
  return until(`mail number ${nth} arrives`, async () => (await mailsTo(gatehouse, address))[nth - 1]);
}
