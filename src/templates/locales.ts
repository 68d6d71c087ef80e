import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { match } from '@formatjs/intl-localematcher';
import { IntlMessageFormat } from 'intl-messageformat';
import Negotiator from 'negotiator';

export type Messages = Readonly<Record<string, string>>;
export type Values = Record<string, string | number | undefined>;

export interface Locales {
  /** BCP 47 tags, the default first. */
  readonly tags: readonly string[];
  /** Own name of the language. */
  nameOf(tag: string): string;
  directionOf(tag: string): 'ltr' | 'rtl';
  /** @throws Error for a message that does not exist */
  format(tag: string, key: string, values?: Values): string;
  /** Whether there is such a message. */
  has(key: string): boolean;
  /** What the app asked for (`ui_locales`), then what the person chose, then what the browser prefers. */
  match(wishes: {
    uiLocales?: string | undefined;
    chosen?: string | undefined;
    acceptLanguage?: string | undefined;
  }): string;
}

const fallback = 'en';
const rightToLeft = new Set(['ar']);

export function loadLocales(folder: string): Locales {
  const catalogues = new Map<string, Messages>();
  for (const file of readdirSync(folder).filter(name => name.endsWith('.json'))) {
    const messages = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Messages;
    catalogues.set(file.replace(/\.json$/, ''), messages);
  }
  const tags = [fallback, ...[...catalogues.keys()].filter(tag => tag !== fallback).sort()];
  const formats = new Map<string, IntlMessageFormat>();

  function formatOf(tag: string, key: string): IntlMessageFormat {
    const id = `${tag}/${key}`;
    const known = formats.get(id);
    if (known !== undefined) return known;
    const message = catalogues.get(tag)?.[key];
    if (message === undefined) throw new Error(`no message "${key}" in the language "${tag}"`);
    const format = new IntlMessageFormat(message, tag, undefined, { ignoreTag: true });
    formats.set(id, format);
    return format;
  }

  return {
    tags,
    nameOf: tag => new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag,
    directionOf: tag => (rightToLeft.has(tag) ? 'rtl' : 'ltr'),
    has: key => catalogues.get(fallback)?.[key] !== undefined,
    format: (tag, key, values = {}) => String(formatOf(tag, key).format(values)),
    match({ uiLocales, chosen, acceptLanguage }) {
      const accepted = new Negotiator({ headers: { 'accept-language': acceptLanguage ?? '' } }).languages();
      const wishes = [...(uiLocales?.split(' ') ?? []), chosen ?? '', ...accepted].filter(isLanguageTag);
      return match(wishes, tags, fallback);
    },
  };
}

function isLanguageTag(text: string): boolean {
  try {
    return text !== '*' && Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}
