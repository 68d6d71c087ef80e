type Rule = (text: string) => string;

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Free text such as an error message may quote what a person or client sent. These shapes never belong into a log:
 * JWTs, credentials in URLs, query strings, mail addresses, password hashes, opaque tokens and codes.
 */
const rules: readonly Rule[] = [
  text => text.replace(/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*){0,3}/g, '[jwt]'),
  text => text.replace(/\/\/[^\s/@]+@/g, '//[credentials]@'),
  text => text.replace(/\?[^\s'"]*=[^\s'"]*/g, '?[query]'),
  text => text.replace(/[^\s<>"'(=,;]+@(?!node_modules)[^\s<>"'),;]+\.[^\s<>"'),;]+/g, '[address]'),
  text => text.replace(/\$argon2[^\s"']*/g, '[hash]'),
  text => text.replace(/(?<![\w/.-])[\w-]{36,}(?![\w/.-])/g, word => (isUuid.test(word) ? word : '[token]')),
];

export function scrub(text: string): string {
  return rules.reduce((clean, rule) => rule(clean), text);
}
