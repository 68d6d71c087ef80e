import type { Account } from '../accounts/index.ts';
import type { Locales } from '../templates/index.ts';
import { dateInWords } from './time-in-words.ts';

interface ConfirmWords {
  heading: string;
  text: string;
  submit: string;
}

/** What one question says: the messages `<key>.title`, `<key>.text` and `<key>.submit`. */
export function confirmWords(
  locales: Locales,
  locale: string,
  key: string,
  values: Record<string, string> = {},
): ConfirmWords {
  return {
    heading: locales.format(locale, `${key}.title`),
    text: locales.format(locale, `${key}.text`, values),
    submit: locales.format(locale, `${key}.submit`),
  };
}

/** Whether somebody wants back an account that they left, for a while or for good. */
export function reopenWords(
  locales: Locales,
  locale: string,
  { closesAt }: Pick<Account, 'closesAt'>,
): ConfirmWords {
  return {
    heading: locales.format(locale, 'reopen.title'),
    text:
      closesAt === undefined
        ? locales.format(locale, 'reopen.deactivated')
        : locales.format(locale, 'reopen.closing', { date: dateInWords(locale, closesAt) }),
    submit: locales.format(locale, 'reopen.submit'),
  };
}
