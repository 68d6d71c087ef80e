import { z } from 'zod';
import { definePage } from '../define-page.ts';
import { identifierView } from '../views/identifier.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const missing = 'identifier.missing';

/** Says the same about every identifier, known or not: nothing is looked up here. */
export const identifyPage = definePage({
  view: identifierView,
  form: z.object({ identifier: z.string({ error: missing }).trim().min(1, missing).max(320, missing) }),
  show: ({ interaction }: StepRequest, kept) => ({ identifier: kept.identifier ?? hint(interaction.params) }),
  submit: async (_request, { identifier }): Promise<StepOutcome> => ({ identifier }),
});

function hint(params: Record<string, unknown>): string {
  const loginHint = params['login_hint'];
  return typeof loginHint === 'string' ? loginHint.slice(0, 320) : '';
}
