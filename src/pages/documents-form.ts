import { z } from 'zod';
import { type LegalDocument, readingOf } from '../documents/index.ts';

/** More than these nobody would read. */
const mostDocuments = 10;

export interface DocumentLink {
  title: string;
  href: string;
  /** Goes with the form, so that what somebody agrees to is what they were shown. */
  version: string;
}

/** The versions that were shown. */
export const versionsForm = Object.fromEntries(
  Array.from({ length: mostDocuments }, (_, index) => [`v_${index}`, z.string().max(64).optional()]),
);

export function versionsIn(form: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(form).flatMap(([name, value]) =>
    name in versionsForm && typeof value === 'string' ? [value] : [],
  );
}

export function documentLinks(documents: readonly LegalDocument[], locale: string): DocumentLink[] {
  return documents.map(document => ({
    title: readingOf(document, locale).title,
    href: `/documents/${document.name}`,
    version: document.version,
  }));
}
