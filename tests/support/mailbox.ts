import type { TestGatehouse } from './gatehouse.ts';
import { until } from './until.ts';

export interface ReceivedMail {
  recipients: string[];
  subject: string;
  text: string;
  html: string;
}

/** All that arrived at this address, the oldest first. */
export async function mailsTo({ facts }: TestGatehouse, address: string): Promise<ReceivedMail[]> {
  const answer = await fetch(`${facts.mailbox_url}/messages.json`);
  const mails = (await answer.json()) as ReceivedMail[];
  return mails.filter(({ recipients }) => recipients.includes(address)).toReversed();
}

/** The n-th that arrives there. */
export function mailTo(gatehouse: TestGatehouse, address: string, nth = 1): Promise<ReceivedMail> {
  return until(`mail number ${nth} arrives`, async () => (await mailsTo(gatehouse, address))[nth - 1]);
}
