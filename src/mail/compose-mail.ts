import type { Templates } from '../templates/index.ts';
import { type Circumstances, circumstancesInWords } from './circumstances.ts';
import type { Mail } from './mailer.ts';
import { type ContentOf, type MailContent, type MailName, mails, notices } from './mails.ts';

export type WrittenMail = Required<Omit<Mail, 'to'>>;

/** Text and HTML of a mail in one language. Both say the same: some people read mail where there is no HTML. */
export function composeMail<Name extends MailName>(
  templates: Templates,
  locale: string,
  name: Name,
  content: ContentOf<Name>,
  circumstances: Circumstances,
): WrittenMail {
  const { locales } = templates;
  const { code, url, values = {} } = content as MailContent;
  const words = (part: string) => locales.format(locale, `mail.${name}.${part}`, values);
  const subject = words('subject');
  const model = {
    locale,
    direction: locales.directionOf(locale),
    subject,
    paragraphs: words('text').split('\n\n'),
    circumstances: notices.has(name) ? circumstancesInWords(locales, locale, circumstances) : null,
    code: code ?? null,
    url: url ?? null,
    action: url === undefined ? null : words('action'),
    end: words('end'),
  };
  return {
    subject,
    text: templates.render('mail/text', model, locale),
    html: templates.render('mail/html', model, locale),
  };
}

const sampleCircumstances: Circumstances = {
  at: Date.UTC(2026, 10, 26, 12, 30),
  address: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
};

/** As an example shows it. */
export function sampleMail(templates: Templates, locale: string, name: MailName): WrittenMail {
  return composeMail(templates, locale, name, mails[name], sampleCircumstances);
}
