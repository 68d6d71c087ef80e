/**
 * Owns what the people and machines that run Gatehouse ask it: is it alive, is it ready, how is it doing.
 * Does not own what is measured or checked; both are passed in.
 */
export { createOperations } from './create-operations.ts';
