import type { Client } from 'oidc-provider';
import type { Person } from '../assurance.ts';
import type { PageRequest } from '../define-page.ts';
import type { Interaction } from '../interaction.ts';
import type { Progress } from '../next-step.ts';

/** A page on the way through an interaction. */
export interface StepRequest extends PageRequest {
  interaction: Interaction;
  /** The registered client itself; `client` is only what the page shows of it. */
  registered: Client;
  progress: Progress;
  /** Who has proved to be somebody, and what that is worth so far. */
  person: Person | undefined;
}

/** What a step adds to what has happened so far. */
export type StepOutcome = Partial<Progress>;
