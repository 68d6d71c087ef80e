import type { Context } from 'koa';
import type { Locales, Templates } from '../templates/index.ts';
import { initialOf } from './brand/monogram.ts';
import { chosenLanguage } from './language-choice.ts';
import { chosenTheme } from './theme.ts';
import type { ClientCard, Message, Problems, View } from './view.ts';

export interface PageContent<Model, Field extends string> {
  model: Model;
  problems?: Problems<Field>;
  client?: ClientCard | undefined;
  /** What the app asked for, best first, separated by spaces (OpenID Connect Core 1.0 section 3.1.2.1). */
  uiLocales?: string | undefined;
  /** True for pages that can be shown again in another language by asking for the same address. */
  offersLanguages?: boolean;
}

/** Sets the body of the answer; the status is the caller's. */
export function renderPage<Model extends object, Field extends string>(
  { templates }: { templates: Templates },
  ctx: Context,
  view: View<Model, Field>,
  content: PageContent<Model, Field>,
): void {
  const { locales } = templates;
  const locale = localeOf(locales, ctx, content.uiLocales);
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Content-Language', locale);
  ctx.body = templates.render(
    view.name,
    {
      ...frame(locales, view, content, locale),
      theme: chosenTheme(ctx),
      languages:
        content.offersLanguages === true ? languages(locales, ctx.path, ctx.querystring, locale) : [],
    },
    locale,
  );
}

/** The language of the page under way. */
export function localeOf(locales: Locales, ctx: Context, uiLocales: string | undefined): string {
  return locales.match({
    uiLocales,
    chosen: chosenLanguage(ctx),
    acceptLanguage: ctx.get('Accept-Language'),
  });
}

/** Everything the layout and the fields need besides the model. */
function frame<Model extends object, Field extends string>(
  locales: Locales,
  view: View<Model, Field>,
  { model, problems, client }: PageContent<Model, Field>,
  locale: string,
) {
  const texts = new Map(
    view.fields.flatMap(field => {
      const problem = problems?.[field];
      return problem === undefined ? [] : [[field, textOf(locales, locale, problem)] as const];
    }),
  );
  return {
    locale,
    direction: locales.directionOf(locale),
    client: client === undefined ? null : describe(client),
    errors: [...texts].map(([field, message]) => ({ field, message })),
    problems: Object.fromEntries(view.fields.map(field => [field, texts.get(field) ?? null])),
    describedBy: Object.fromEntries(
      view.fields.map(field => [
        field,
        describedBy(field, texts.has(field), view.hinted?.includes(field) === true),
      ]),
    ),
    ...model,
  };
}

function textOf(locales: Locales, locale: string, message: Message): string {
  return typeof message === 'string'
    ? locales.format(locale, message)
    : locales.format(locale, message.key, message.values);
}

function describedBy(field: string, hasProblem: boolean, hasHint: boolean): string | null {
  const ids = [...(hasHint ? [`${field}-hint`] : []), ...(hasProblem ? [`${field}-problem`] : [])];
  return ids.length === 0 ? null : ids.join(' ');
}

function describe(client: ClientCard) {
  return {
    ...client,
    initial: initialOf(client.name),
    hasPolicies: client.policyUri !== null || client.tosUri !== null,
  };
}

function languages(locales: Locales, path: string, query: string, current: string) {
  return locales.tags.map(tag => {
    const parameters = new URLSearchParams(query);
    parameters.set('lang', tag);
    return {
      tag,
      name: locales.nameOf(tag),
      url: `${path}?${parameters.toString()}`,
      isCurrent: tag === current,
    };
  });
}
