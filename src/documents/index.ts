/**
 * Owns the documents that people have to agree to: their versions, and who agreed to which. Does not own what they say
 * (a folder of the operator's), nor when people are asked (oidc).
 */
export { type Documents, documentsOf, type LegalDocument, readingOf } from './documents.repository.ts';
export { loadDocuments } from './load-documents.ts';
