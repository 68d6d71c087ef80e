import type { Context } from 'koa';
import type { Client } from 'oidc-provider';
import type { RenderError } from '../http/index.ts';
import type { AppError } from '../kernel/index.ts';
import { clientCard, linkBack } from './client-card.ts';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf, renderPage } from './render-page.ts';
import { errorView } from './views/error.ts';

interface Failure {
  status: number;
  /** OAuth error code, or one of ours. */
  code: string;
  detail: string | null;
  error: Error;
  client: Client | undefined;
}

/** The provider's ways of saying that an interaction is not there (any more). */
function isExpired(error: Error): boolean {
  return error.name === 'SessionNotFound' || (error as Partial<AppError>).code === 'interaction_expired';
}

/** One sentence for the person, a number that stands in the log, a way back, and the code in small print. */
export function showError(deps: Pick<PagesDeps, 'templates' | 'log'>, ctx: Context, failure: Failure): void {
  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, undefined);
  const t = (key: string, values?: Record<string, string | number>) => locales.format(locale, key, values);
  const { status, client, error } = failure;
  const words = wordsFor(status, failure.code, error);

  if (isExpired(error)) {
    const { error_description: why, detail } = error as { error_description?: string; detail?: string };
    deps.log.info({ event: 'interaction.expired', cause: detail ?? why }, 'an interaction could not go on');
  }
  ctx.status = status;
  renderPage(deps, ctx, errorView, {
    model: {
      heading: t(words.heading),
      text: t(words.text, words.values),
      link:
        linkBack(client, app => t('common.back-to-app', { app })) ??
        tryAgain(ctx, status, t('error.try-again')),
      requestId: String(ctx.state['requestId']),
      code: isExpired(error) ? 'interaction_expired' : failure.code,
      // Details help the app's developer; about ourselves there is nothing to tell.
      detail: status < 500 && !isExpired(error) ? failure.detail : null,
    },
    client: client === undefined ? undefined : clientCard(client),
  });
}

interface Words {
  heading: string;
  text: string;
  values?: Record<string, string | number>;
}

function wordsFor(status: number, code: string, error: Error): Words {
  if (isExpired(error)) return { heading: 'expired.title', text: 'expired.text' };
  if (status === 429) {
    const minutes = Math.ceil(((error as Partial<AppError>).retryAfterSeconds ?? 60) / 60);
    return { heading: 'error.title', text: 'attempts.too-many', values: { minutes } };
  }
  if (status === 404) return { heading: 'error.not_found-title', text: 'error.not_found' };
  if (code === 'csrf') return { heading: 'error.title', text: 'error.csrf' };
  if (code === 'overloaded') return { heading: 'error.unavailable-title', text: 'error.overloaded' };
  if (status === 503) return { heading: 'error.unavailable-title', text: 'error.unavailable' };
  if (status >= 500) return { heading: 'error.title', text: 'error.internal' };
  return { heading: 'error.title', text: 'error.invalid_request' };
}

/** What failed for a moment may be asked again at the same address. */
function tryAgain(ctx: Context, status: number, text: string) {
  return status === 503 ? { url: `${ctx.path}${ctx.search}`, text } : null;
}

/** Renders what our own pages throw. */
export function pageErrors(deps: Pick<PagesDeps, 'templates' | 'log' | 'provider'>): RenderError {
  return async (ctx, error) => {
    const clientId = new URLSearchParams(ctx.querystring).get('client');
    const client = isExpired(error) && clientId !== null ? await findClient(deps, clientId) : undefined;
    showError(deps, ctx, { status: error.status, code: error.code, detail: null, error, client });
  };
}

/** For the way back only: an error page must not fail for want of it. */
async function findClient(deps: Pick<PagesDeps, 'provider'>, clientId: string): Promise<Client | undefined> {
  try {
    return await deps.provider().Client.find(clientId);
  } catch {
    return undefined;
  }
}
