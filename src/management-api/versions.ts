import { AppError } from '../kernel/index.ts';

/**
 * The version that the caller has seen, from If-Match (RFC 9110 section 13.1.1): what others changed meanwhile is not
 * written over. @throws AppError `precondition_required`, or `precondition_failed` for what was never an ETag of ours
 */
export function readVersion(header: string): number {
  if (header === '') {
    throw new AppError('precondition_required', 'Send If-Match with the ETag that you read.');
  }
  const version = /^"(\d{1,9})"$/.exec(header)?.[1];
  if (version === undefined) {
    throw new AppError('precondition_failed', 'If-Match is none of the ETags of this object.');
  }
  return Number(version);
}

/** Whether If-None-Match names the version (RFC 9110 section 13.1.2), also where a proxy has made the ETag weak. */
export function isKnown(header: string, version: number): boolean {
  return header.split(',').some(each => each.trim().replace(/^W\//, '') === `"${version}"`);
}
