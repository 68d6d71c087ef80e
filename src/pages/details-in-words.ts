import type { AuthorizationDetail } from 'oidc-provider';
import { resourceServersRepository } from '../clients/index.ts';
import type { PagesDeps } from './pages-deps.ts';

/** One of the authorization details of a request (RFC 9396), for reading. */
export interface DetailCard {
  /** Such as “Payment”. */
  name: string;
  /** Name of the API that it is for. */
  api: string;
  lines: { label: string; value: string }[];
}

interface Schema {
  title?: string;
  properties?: Readonly<Record<string, Schema>>;
  items?: Schema;
  /** The usual way to give values a title: { const, title }. */
  oneOf?: readonly { const?: unknown; title?: string }[];
}

/** Every field of every detail, under the titles of its type's schema: what somebody allows, they have seen. */
export async function detailsInWords(
  { database, detailsTypes, templates }: Pick<PagesDeps, 'database' | 'detailsTypes' | 'templates'>,
  locale: string,
  details: readonly AuthorizationDetail[] | undefined,
): Promise<DetailCard[]> {
  const servers = resourceServersRepository(database);
  const types = detailsTypes.current();
  const words: Words = {
    list: new Intl.ListFormat(locale),
    number: new Intl.NumberFormat(locale, { maximumFractionDigits: 20 }),
    yes: templates.locales.format(locale, 'details.yes'),
    no: templates.locales.format(locale, 'details.no'),
  };
  return Promise.all(
    (details ?? []).map(async ({ type, ...fields }) => {
      const known = types.get(type);
      const server = known === undefined ? undefined : await servers.find(known.resourceServer);
      return {
        name: known?.name ?? type,
        api: server?.name ?? '',
        lines: linesOf(fields, known?.schema ?? {}, [], words),
      };
    }),
  );
}

interface Words {
  list: Intl.ListFormat;
  number: Intl.NumberFormat;
  yes: string;
  no: string;
}

function linesOf(
  value: unknown,
  schema: Schema,
  labels: readonly string[],
  words: Words,
): DetailCard['lines'] {
  if (Array.isArray(value) && value.some(isObject)) {
    return value.flatMap((item, index) =>
      linesOf(
        item,
        schema.items ?? {},
        [...labels.slice(0, -1), `${labels.at(-1) ?? ''} ${index + 1}`],
        words,
      ),
    );
  }
  if (isObject(value)) {
    return Object.entries(value).flatMap(([name, field]) => {
      const { [name]: described = {} } = schema.properties ?? {};
      return linesOf(field, described, [...labels, described.title ?? name], words);
    });
  }
  const text = Array.isArray(value)
    ? words.list.format(value.map(item => textOf(item, schema.items ?? {}, words)))
    : textOf(value, schema, words);
  return [{ label: labels.join(' · '), value: text }];
}

function textOf(value: unknown, { oneOf }: Schema, { number, yes, no }: Words): string {
  const named = oneOf?.find(option => option.const === value)?.title;
  if (named !== undefined) return named;
  if (typeof value === 'number') return number.format(value);
  if (typeof value === 'boolean') return value ? yes : no;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
