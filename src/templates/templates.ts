import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { type Assets, loadAssets } from './assets.ts';
import { type Locales, loadLocales, type Values } from './locales.ts';

export interface Templates {
  readonly locales: Locales;
  readonly assets: Assets;
  readonly views: readonly string[];
  /** @throws Error when the view asks for something the model does not have, or for a message that does not exist */
  render(view: string, model: object, locale: string): string;
}

export interface TemplatesOptions {
  viewsFolder: string;
  publicFolder: string;
  /** Files that are served with those, by the name that views know them by. */
  otherAssets?: Readonly<Record<string, string>>;
  localesFolder: string;
}

interface HelperOptions {
  hash: Values;
  data: { root: unknown; locale: string };
}

/** Handlebars in strict mode: a misspelt name fails instead of printing nothing, and all values are escaped in HTML. */
export function loadTemplates({
  viewsFolder,
  publicFolder,
  otherAssets,
  localesFolder,
}: TemplatesOptions): Templates {
  const locales = loadLocales(localesFolder);
  const assets = loadAssets(publicFolder, otherAssets);
  const handlebars = Handlebars.create();
  const options = {
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: { key: true, t: true, words: true, asset: true, eq: true },
  };

  handlebars.registerHelper('t', (key: string, { hash, data }: HelperOptions) =>
    locales.format(data.locale, key, hash),
  );
  // For a key that may be missing.
  handlebars.registerHelper('words', (key: string | null, { data }: HelperOptions) =>
    key === null ? null : locales.format(data.locale, key),
  );
  handlebars.registerHelper('asset', (name: string) => assets.urlOf(name));
  // For messages of which there is one for each of a few things.
  handlebars.registerHelper('key', (start: string, end: string) => `${start}.${end}`);
  handlebars.registerHelper('eq', (left: unknown, right: unknown) => left === right);
  for (const [name, source] of sources(join(viewsFolder, 'partials'))) {
    handlebars.registerPartial(name, handlebars.compile(source, options));
  }
  const views = new Map(
    sources(viewsFolder).map(([name, source]) => [name, handlebars.compile(source, options)]),
  );

  for (const [name, source] of sources(join(viewsFolder, 'mail'))) {
    // Plain text has nothing that could be mistaken for markup.
    views.set(`mail/${name}`, handlebars.compile(source, { ...options, noEscape: name === 'text' }));
  }

  return {
    locales,
    assets,
    views: [...views.keys()],
    render(view, model, locale) {
      const template = views.get(view);
      if (template === undefined) throw new Error(`there is no view "${view}"`);
      return template(model, { data: { locale } });
    },
  };
}

function sources(folder: string): [string, string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(file => file.endsWith('.hbs'))
    .map(file => [file.replace(/\.hbs$/, ''), readFileSync(join(folder, file), 'utf8')]);
}
