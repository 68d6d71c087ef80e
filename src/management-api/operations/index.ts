import type { Operation } from '../define-operation.ts';
import { getMe } from './get-me.ts';

/** Every operation there is, in the order of the document. */
export const operations: readonly Operation[] = [getMe];
