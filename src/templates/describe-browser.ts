import { parse } from 'bowser';

type Say = (key: string, values?: Record<string, string>) => string;

/** "Chrome on Windows". What a browser says of itself proves nothing; it helps its owner to know it again. */
export function describeBrowser(userAgent: string, say: Say): string {
  if (userAgent === '') return say('account.unknown-browser');
  const { browser, os } = parse(userAgent);
  if (browser.name === undefined || browser.name === '') return say('account.unknown-browser');
  return os.name === undefined
    ? browser.name
    : say('account.browser', { browser: browser.name, system: os.name });
}
