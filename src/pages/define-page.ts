import type { Context } from 'koa';
import type { z } from 'zod';
import { AppError } from '../kernel/index.ts';
import { formToken, isFormToken, requireSameOrigin } from './csrf.ts';
import type { PagesDeps } from './pages-deps.ts';
import { renderPage } from './render-page.ts';
import type { ClientCard, Problems, View } from './view.ts';

/** Around every page, whatever it is about. */
export interface PageRequest {
  deps: PagesDeps;
  ctx: Context;
  /** What the form is bound to, see csrf.ts. */
  binding: string;
  /** Where the form goes. */
  action: string;
  client?: ClientCard | undefined;
  uiLocales?: string | undefined;
}

/**
 * A page with a form. The author writes what stands on it and what happens with valid input; origin, token, validation
 * and the second showing with errors are the same for all.
 */
export interface Page<
  Request extends PageRequest,
  Form extends z.ZodObject,
  Model extends object,
  Field extends string,
  Outcome,
> {
  view: View<Model & { action: string; csrf: string }, Field>;
  /** Messages of problems are keys in config/locales. */
  form: Form;
  /** @param kept what was entered before, without anything secret */
  show(request: Request, kept: Partial<z.output<Form>>): Promise<Model> | Model;
  submit(request: Request, form: z.output<Form>): Promise<Outcome | Refusal<Field>>;
}

/** The input was understood and is not accepted. */
export class Refusal<Field extends string> {
  readonly problems: Problems<Field>;
  /** Where the same would be taken later: the answer is 429. */
  readonly retryAfterSeconds: number | undefined;
  constructor(problems: Problems<Field>, options: { retryAfterSeconds?: number } = {}) {
    this.problems = problems;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export interface DefinedPage<Request extends PageRequest, Outcome> {
  show(request: Request): Promise<void>;
  /** @returns undefined when the page was shown again with its problems (422, or 429 where there were too many) */
  submit(request: Request): Promise<Outcome | undefined>;
}

export function definePage<
  Request extends PageRequest,
  Form extends z.ZodObject,
  Model extends object,
  Field extends string,
  Outcome,
>(page: Page<Request, Form, Model, Field, Outcome>): DefinedPage<Request, Outcome> {
  async function show(
    request: Request,
    kept: Partial<z.output<Form>>,
    problems?: Problems<Field>,
  ): Promise<void> {
    const { deps, ctx, binding, action, client, uiLocales } = request;
    const model = await page.show(request, kept);
    renderPage(deps, ctx, page.view, {
      model: { ...model, action, csrf: formToken(deps.cookieKeys(), binding) },
      client,
      uiLocales,
      offersLanguages: true,
      ...(problems === undefined ? {} : { problems }),
    });
  }

  async function showAgain(
    request: Request,
    body: Record<string, unknown>,
    refusal: Refusal<Field>,
  ): Promise<undefined> {
    const { problems, retryAfterSeconds } = refusal;
    request.ctx.status = retryAfterSeconds === undefined ? 422 : 429;
    if (retryAfterSeconds !== undefined) request.ctx.set('Retry-After', String(retryAfterSeconds));
    await show(request, keptFrom(page.form, body), problems);
    return undefined;
  }

  return {
    show: request => show(request, {}),

    async submit(request) {
      const { deps, ctx, binding } = request;
      requireSameOrigin(ctx, deps.issuer);
      const body = formBody(ctx);
      if (!isFormToken(deps.cookieKeys(), binding, body['csrf'])) {
        throw new AppError('csrf', 'The form is not one that this page gave out.');
      }
      const parsed = page.form.safeParse(body);
      if (!parsed.success) return showAgain(request, body, new Refusal(problemsOf(parsed.error)));
      const outcome = await page.submit(request, parsed.data);
      return outcome instanceof Refusal ? showAgain(request, body, outcome) : outcome;
    },
  };
}

export function formBody(ctx: Context): Record<string, unknown> {
  return ((ctx.request as { body?: unknown }).body ?? {}) as Record<string, unknown>;
}

function problemsOf<Field extends string>(error: z.ZodError): Problems<Field> {
  // One problem a field, the first.
  return Object.fromEntries(
    error.issues.toReversed().map(issue => [String(issue.path[0]), issue.message]),
  ) as Problems<Field>;
}

/** Fields that are never sent back to the browser. */
const secretFields = new Set(['password', 'code', 'passkey']);

function keptFrom<Form extends z.ZodObject>(
  form: Form,
  body: Record<string, unknown>,
): Partial<z.output<Form>> {
  const names = Object.keys(form.shape).filter(
    name => !secretFields.has(name) && typeof body[name] === 'string',
  );
  return Object.fromEntries(names.map(name => [name, String(body[name]).slice(0, 500)])) as Partial<
    z.output<Form>
  >;
}
