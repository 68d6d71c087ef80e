/**
 * Owns how text becomes a page: views in handlebars, messages in all languages, what a browser is called, static files
 * under hashed addresses.
 * Does not own which page is shown, nor what stands on it.
 */
export type { AssetAnswer, Assets } from './assets.ts';
export { describeBrowser } from './describe-browser.ts';
export type { Locales, Messages } from './locales.ts';
export { loadTemplates, type Templates, type TemplatesOptions } from './templates.ts';
