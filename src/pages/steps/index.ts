import type { DefinedPage } from '../define-page.ts';
import type { Step } from '../next-step.ts';
import { consentPage } from './consent.ts';
import { identifyPage } from './identify.ts';
import { passwordPage } from './password.ts';
import { selectAccountPage } from './select-account.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

/** The page of each step. */
export const stepPages: Readonly<Record<Exclude<Step, 'done'>, DefinedPage<StepRequest, StepOutcome>>> = {
  'select-account': selectAccountPage,
  identify: identifyPage,
  password: passwordPage,
  consent: consentPage,
};

export type { Interaction, StepRequest } from './step-request.ts';
