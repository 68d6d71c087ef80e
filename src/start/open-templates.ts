import { fileURLToPath } from 'node:url';
import { loadTemplates, type Templates } from '../templates/index.ts';

/** Views and words, from the package root, wherever the command was started. */
export function openTemplates(): Templates {
  const root = new URL('../../', import.meta.url);
  return loadTemplates({
    viewsFolder: fileURLToPath(new URL('views', root)),
    publicFolder: fileURLToPath(new URL('public', root)),
    localesFolder: fileURLToPath(new URL('config/locales', root)),
  });
}
