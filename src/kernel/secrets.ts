import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * An unguessable string, base64url. 32 bytes are beyond any search, so that a plain digest of it may be stored.
 * @param bytes entropy in bytes
 */
export function newSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** SHA-256, base64url. For secrets of high entropy only; passwords go through src/passwords. */
export function digest(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** HMAC-SHA-256, base64url. `context` names the use, so that a tag made for one thing proves nothing about another. */
export function keyedDigest(key: string, context: string, value: string): string {
  return createHmac('sha256', key).update(context).update('\0').update(value).digest('base64url');
}

/** Compares without telling by its duration where the two differ. */
export function sameSecret(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(digest(left)), Buffer.from(digest(right)));
}
