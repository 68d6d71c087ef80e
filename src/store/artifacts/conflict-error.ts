import type { Conflict } from './artifact-store.ts';

/**
 * Somebody else was first: another request consumed the same code, ended the same session, revoked the same grant.
 * Nothing of the request's changes was applied.
 */
export class ArtifactConflictError extends Error {
  readonly reason: Conflict['reason'];
  readonly model: string;

  constructor(reason: Conflict['reason'], model: string) {
    super(`${model}: ${reason}`);
    this.name = 'ArtifactConflictError';
    this.reason = reason;
    this.model = model;
  }
}
