/**
 * Owns links in mails that do one thing once: what they are good for, how long, and that of any number of uses at once one
 * counts. Does not own what they do, nor the proof of an address (email-challenges).
 */
export { addLink, findLink, linkDays, type OneUseLink, removeOldLinks, useLink } from './one-use-links.ts';
