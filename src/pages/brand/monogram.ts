import { accentOf } from './accent.ts';

/** What people take for one letter may be several code points. */
const graphemes = new Intl.Segmenter();

/** What stands for an app without a logo. */
export function initialOf(name: string): string {
  return graphemes.segment(name.trim())[Symbol.iterator]().next().value?.segment.toLocaleUpperCase() ?? '?';
}

/** The same as a picture, for where a logo was promised and does not come. */
export function monogram(name: string, color: string): string {
  const [light, dark] = [accentOf(color, 'light'), accentOf(color, 'dark')];
  const letter = initialOf(name).replaceAll(/[<>&"']/g, found => `&#${found.charCodeAt(0)};`);
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">' +
    `<style>rect{fill:${light.tint}}text{fill:${light.accent};font:700 16px system-ui,sans-serif}` +
    `@media (prefers-color-scheme:dark){rect{fill:${dark.tint}}text{fill:${dark.accent}}}</style>` +
    `<rect width="40" height="40"/><text x="20" y="26" text-anchor="middle">${letter}</text></svg>`
  );
}
