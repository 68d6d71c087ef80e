import type { Templates } from '../templates/index.ts';
import type { Mail } from './mailer.ts';
import { type ContentOf, type MailContent, type MailName, mails } from './mails.ts';

export type WrittenMail = Required<Omit<Mail, 'to'>>;

/** Text and HTML of a mail in one language. Both say the same: some people read mail where there is no HTML. */
export function composeMail<Name extends MailName>(
  templates: Templates,
  locale: string,
  name: Name,
  content: ContentOf<Name>,
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

/** As an example shows it. */
export function sampleMail(templates: Templates, locale: string, name: MailName): WrittenMail {
  return composeMail(templates, locale, name, mails[name]);
}
