import type { InteractionResults } from 'oidc-provider';
import type { Person } from './assurance.ts';
import { leaveTo } from './leave.ts';
import type { Progress } from './next-step.ts';
import type { StepRequest } from './steps/index.ts';

/** Nothing is left to do, or the person does not want to go on: hands the result to the provider and sends them back. */
export async function finishInteraction(
  request: StepRequest,
  ending: 'done' | 'cancel' | 'unmet',
): Promise<void> {
  const { deps, ctx, interaction, client, uiLocales } = request;
  const result =
    ending === 'done'
      ? { ...resultOf(interaction.prompt.name, request), progress: undefined }
      : { ...refusals[ending] };
  const returnTo = await deps.provider().interactionResult(ctx.req, ctx.res, result);
  leaveTo(deps, ctx, { url: returnTo, client, uiLocales });
}

const refusals = {
  cancel: { error: 'access_denied', error_description: 'the person chose to cancel' },
  // OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
  unmet: {
    error: 'unmet_authentication_requirements',
    error_description: 'the account cannot reach what was asked for',
  },
} as const;

/** Kept with the interaction; read by nobody but the dispatcher until the end. */
export async function saveProgress({ deps, ctx }: StepRequest, progress: Progress): Promise<void> {
  await deps.provider().interactionResult(ctx.req, ctx.res, { progress });
}

function resultOf(prompt: string, { progress, person }: StepRequest): InteractionResults {
  const { authenticated, grantId, chosenAccount } = progress;
  return {
    ...(authenticated === undefined || person === undefined ? {} : { login: signInOf(person) }),
    ...(grantId === undefined ? {} : { consent: { grantId } }),
    ...(['create', 'assurance', 'documents', 'profile'].includes(prompt) ? { [prompt]: {} } : {}),
    ...(chosenAccount === undefined && prompt !== 'select_account' ? {} : { select_account: {} }),
  };
}

/** What the session will say: what was reached, and nothing more. */
function signInOf({ accountId, achieved }: Person) {
  return { accountId, ts: achieved.at, amr: [...achieved.amr], acr: achieved.acr, remember: true };
}
