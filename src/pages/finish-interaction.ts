import type { InteractionResults } from 'oidc-provider';
import { singleFactor } from '../oidc/index.ts';
import { leaveTo } from './leave.ts';
import type { Progress } from './next-step.ts';
import type { StepRequest } from './steps/index.ts';

/** Nothing is left to do, or the person does not want to go on: hands the result to the provider and sends them back. */
export async function finishInteraction(request: StepRequest, ending: 'done' | 'cancel'): Promise<void> {
  const { deps, ctx, interaction, progress, client, uiLocales } = request;
  const result =
    ending === 'cancel'
      ? { error: 'access_denied', error_description: 'the person chose to cancel' }
      : { ...resultOf(interaction.prompt.name, progress), progress: undefined };
  const returnTo = await deps.provider().interactionResult(ctx.req, ctx.res, result);
  leaveTo(deps, ctx, { url: returnTo, client, uiLocales });
}

/** Kept with the interaction; read by nobody but the dispatcher until the end. */
export async function saveProgress({ deps, ctx }: StepRequest, progress: Progress): Promise<void> {
  await deps.provider().interactionResult(ctx.req, ctx.res, { progress });
}

function resultOf(prompt: string, { authenticated, grantId, chosenAccount }: Progress): InteractionResults {
  return {
    ...(authenticated === undefined
      ? {}
      : {
          login: {
            accountId: authenticated.accountId,
            ts: authenticated.at,
            amr: [...authenticated.amr],
            acr: singleFactor,
            remember: true,
          },
        }),
    ...(grantId === undefined ? {} : { consent: { grantId } }),
    ...(['create', 'documents', 'profile'].includes(prompt) ? { [prompt]: {} } : {}),
    ...(chosenAccount === undefined && prompt !== 'select_account' ? {} : { select_account: {} }),
  };
}
