import { fileURLToPath } from 'node:url';
import { loadTemplates, type Templates } from '../templates/index.ts';

/** The browser's half of the library that verifies passkeys, as one script. */
function webauthnScript(): string {
  const entry = import.meta.resolve('@simplewebauthn/browser');
  return fileURLToPath(new URL('../dist/bundle/index.umd.min.js', entry));
}

/** Views and words, from the package root, wherever the command was started. */
export function openTemplates(): Templates {
  const root = new URL('../../', import.meta.url);
  return loadTemplates({
    viewsFolder: fileURLToPath(new URL('views', root)),
    publicFolder: fileURLToPath(new URL('public', root)),
    otherAssets: { 'webauthn.js': webauthnScript() },
    localesFolder: fileURLToPath(new URL('config/locales', root)),
  });
}
