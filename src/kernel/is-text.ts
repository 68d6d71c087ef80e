/**
 * Whether all strings of a JSON value, names included, are text that can be kept: without NUL, and without half of a
 * surrogate pair (RFC 8259 section 8.2), which JSON can write and UTF-8 cannot.
 */
export function isText(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (Array.isArray(value)) return value.every(isText);
  return typeof value !== 'object' || value === null || Object.entries(value).flat().every(isText);
}
