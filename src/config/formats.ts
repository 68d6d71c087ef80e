import { z } from 'zod';
import { isAddressRange } from '../kernel/index.ts';

/** Readers from the text of an environment variable. Their messages complete the sentence "NAME …". */

export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine(value => value >= min && value <= max, message);
}

/** 0 asks the operating system for a free port. */
export const port = wholeNumber(0, 65_535);

export function commaList<T extends z.ZodType<unknown, string>>(item: T) {
  return z
    .string()
    .transform(text =>
      text
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== ''),
    )
    .pipe(z.array(item));
}

/** A name or address with or without a port, or `*`. */
export const host = z
  .string()
  .regex(
    /^(\*|[a-z0-9.-]+(:\d{1,5})?)$/,
    'must be hosts such as app.example.com or localhost:8443, separated by commas',
  );

export const certificates = z
  .string()
  .regex(
    /^\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/,
    'must be certificates in PEM',
  );

const rangeMessage = 'must be address ranges such as 10.0.0.0/8 or fd00::/8, separated by commas';

export const addressRange = z.string().refine(isAddressRange, rangeMessage);

/** OpenID Connect Discovery 1.0 section 3: a URL without query or fragment. Ours is mounted at the root, so no path either. */
export const issuer = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:') && url.origin === text;
  if (!isOrigin) {
    context.addIssue(
      'must be an origin without a path or a slash at the end, such as https://id.example.com',
    );
    return z.NEVER;
  }
  return text;
});

export interface EncryptionKey {
  /** Stands in the header of everything this key encrypted. */
  id: string;
  /** 32 bytes. */
  bytes: Uint8Array;
}

const keyPair = /^([A-Za-z0-9_.-]{1,32}):([A-Za-z0-9_-]{43})=?$/;

export const encryptionKeys = z.string().transform((text, context): EncryptionKey[] => {
  const keys = text
    .trim()
    .split(/[\s,]+/)
    .map(pair => keyPair.exec(pair))
    .map(match => match && { id: match[1] ?? '', bytes: Buffer.from(match[2] ?? '', 'base64url') });
  const valid = keys.filter(key => key !== null);
  if (valid.length !== keys.length) {
    context.addIssue('must be id:key pairs separated by commas, each key 32 bytes in base64url');
    return z.NEVER;
  }
  if (new Set(valid.map(key => key.id)).size !== valid.length) {
    context.addIssue('must not use the same id for two keys');
    return z.NEVER;
  }
  return valid;
});
