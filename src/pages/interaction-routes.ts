import type { Router } from '@koa/router';
import type { Context, Next } from 'koa';
import { errors, type Provider } from 'oidc-provider';
import { accountsRepository } from '../accounts/index.ts';
import { AppError, type Clock } from '../kernel/index.ts';
import { type Person, personOf } from './assurance.ts';
import { clientCard } from './client-card.ts';
import { isFormToken, requireSameOrigin } from './csrf.ts';
import { formBody } from './define-page.ts';
import { finishInteraction, saveProgress } from './finish-interaction.ts';
import type { Interaction } from './interaction.ts';
import { nextStep, type Progress, type ShownStep, type Situation, type Step } from './next-step.ts';
import type { PagesDeps } from './pages-deps.ts';
import { readForm } from './read-form.ts';
import { type StepRequest, stepPages } from './steps/index.ts';
import { provedBy } from './ways-in.ts';

/** One trip through our pages has one address; what it shows depends on what is left to do. */
export function interactionRoutes(router: Router, deps: PagesDeps): void {
  const path = '/interaction/:uid';
  const pages = stepPages(deps.profileRules);

  router.get(path, named(path), async ctx => {
    const { request, step } = await situationOf(deps, ctx);
    if (isEnd(step)) return finishInteraction(request, step);
    return pages[step].show(request);
  });

  router.post(path, named(path), readForm, async ctx => {
    requireSameOrigin(ctx, deps.issuer);
    const { request, step } = await situationOf(deps, ctx);
    const { action, csrf } = formBody(ctx);
    const isFor = (other: string) =>
      isFormToken(deps.cookieKeys(), bindingOf(request.interaction.uid, other), csrf);

    // A form of an earlier step (another tab, the back button) is ours but answers a question no longer asked.
    const isOurs = isFor(step);
    if (!isOurs && Object.keys(pages).some(isFor)) return seeOther(ctx, request.action);
    if (!isEnd(step) && !isOurs) throw new AppError('csrf', 'The form is not one that this page gave out.');
    if (action === 'cancel') return finishInteraction(request, 'cancel');
    if (isEnd(step)) return finishInteraction(request, step);

    const outcome = await pages[step].submit(request);
    if (outcome === undefined) return;
    requireDeclared(step, request.progress, outcome);
    const progress = { ...request.progress, ...outcome };
    const person = await personOf({ ...request, progress });
    const following = nextStep(situation(request.interaction, progress, person, deps));
    if (isEnd(following)) return finishInteraction({ ...request, progress, person }, following);
    await saveProgress(request, progress);
    seeOther(ctx, request.action);
  });
}

function isEnd(step: Step): step is 'done' | 'unmet' {
  return step === 'done' || step === 'unmet';
}

/** A step proves what the table of ways in says, of whoever is on the way already, and nothing else. */
function requireDeclared(step: ShownStep, before: Progress, { authenticated }: Partial<Progress>): void {
  if (authenticated === undefined) return;
  const { accountId, proofs } = before.authenticated ?? { accountId: authenticated.accountId, proofs: [] };
  const added = authenticated.proofs.slice(proofs.length);
  const isDeclared = added.every(({ factor }) => provedBy[step].includes(factor));
  if (!isDeclared || authenticated.accountId !== accountId) {
    throw new Error(`the step ${step} proves what it does not declare`);
  }
}

async function situationOf(deps: PagesDeps, ctx: Context): Promise<{ request: StepRequest; step: Step }> {
  const provider = deps.provider();
  const interaction = await interactionOf(provider, ctx);
  // The cookie is limited to this path by browsers; other callers are held to it here.
  const uid: unknown = (ctx['params'] as { uid?: unknown }).uid;
  if (interaction.uid !== uid) {
    throw new AppError('interaction_expired', 'This sign-in belongs to another browser.', {
      detail: 'the cookie is of another interaction',
    });
  }
  const registered = await provider.Client.find(String(interaction.params['client_id']));
  if (registered === undefined) {
    throw new AppError('interaction_expired', 'The app is no longer registered.', {
      detail: 'client is gone',
    });
  }
  const progress = await withKnownIdentifier(deps, interaction, progressOf(interaction));
  const person = await personOf({ deps, ctx, interaction, registered, progress });
  const step = nextStep(situation(interaction, progress, person, deps));
  const uiLocales = interaction.params['ui_locales'];
  return {
    step,
    request: {
      deps,
      ctx,
      binding: bindingOf(interaction.uid, step),
      action: `${ctx.path}${ctx.search}`,
      client: clientCard(registered, interaction.params['redirect_uri']),
      uiLocales: typeof uiLocales === 'string' ? uiLocales : undefined,
      interaction,
      registered,
      progress,
      person,
    },
  };
}

/** @throws AppError `interaction_expired`, whose detail says which cause the log shall name */
async function interactionOf(provider: Provider, ctx: Context): Promise<Interaction> {
  try {
    return await provider.interactionDetails(ctx.req, ctx.res);
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
    throw new AppError('interaction_expired', 'This sign-in has expired.', {
      cause: error,
      detail: error.error_description ?? 'unknown',
    });
  }
}

function situation(
  { prompt, session }: Interaction,
  progress: Progress,
  person: Person | undefined,
  { clock }: PagesDeps,
): Situation {
  return {
    prompt: prompt.name,
    sessionAccountId: session?.accountId,
    progress,
    missing: person?.assessed.missing ?? { step: 'nothing' },
    offersPasskey: progress.hasAuthenticator === true && mayBeOffered(person, clock),
  };
}

/** To who has none, and has not said "not now" a while ago. */
function mayBeOffered(person: Person | undefined, clock: Clock): boolean {
  if (person === undefined) return false;
  const { means, policy, passkeyOfferAt } = person.assessed.standing;
  return means.passkeys === 0 && policy !== 'off' && (passkeyOfferAt?.getTime() ?? 0) <= clock.now();
}

function progressOf({ result }: Interaction): Progress {
  return (result as { progress?: Progress } | undefined)?.progress ?? {};
}

/** Who is asked to prove again who they are (`prompt=login`, `max_age`) need not enter an identifier that we know. */
async function withKnownIdentifier(
  deps: PagesDeps,
  interaction: Interaction,
  progress: Progress,
): Promise<Progress> {
  const { prompt, session } = interaction;
  const isAskedAgain = prompt.reasons.includes('login_prompt') || prompt.reasons.includes('max_age');
  if (progress.identifier !== undefined || !isAskedAgain || session?.accountId === undefined) return progress;
  if (typeof interaction.params['login_hint'] === 'string') return progress;
  const account = await accountsRepository(deps.database).findById(session.accountId);
  return account === undefined ? progress : { ...progress, identifier: account.email };
}

function bindingOf(uid: string, step: string): string {
  return `interaction/${uid}/${step}`;
}

function seeOther(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}

/** The name under which log lines and metrics know a route. */
export function named(route: string) {
  return (ctx: Context, next: Next): Promise<unknown> => {
    ctx.state['route'] = route;
    return next();
  };
}
