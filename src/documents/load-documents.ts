import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../kernel/index.ts';
import type { LegalDocument } from './documents.repository.ts';

/**
 * A folder for each document, such as `terms`, and in it a text for each language, such as `en.txt`: a first line with the
 * title, paragraphs with an empty line between them.
 * @throws StartupError that lists everything that is wrong with them
 */
export function loadDocuments(folder: string | undefined): LegalDocument[] {
  if (folder === undefined) return [];
  const problems: string[] = [];
  const documents = foldersIn(folder).map(name => {
    const texts: Record<string, string> = {};
    for (const file of readdirSync(join(folder, name)).toSorted()) {
      const [, language] = /^([a-z]{2,3}(?:-[A-Za-z]+)*)\.txt$/.exec(file) ?? [];
      const text = readFileSync(join(folder, name, file), 'utf8')
        .replaceAll('\r\n', '\n')
        .trim();
      if (language === undefined)
        problems.push(`${name}/${file} is not named after a language, such as en.txt`);
      else if (!text.includes('\n\n'))
        problems.push(`${name}/${file} needs a title, an empty line and a text`);
      else texts[language] = text;
    }
    if (Object.keys(texts).length === 0) problems.push(`${name} has no text in any language`);
    const version = hash('sha256', JSON.stringify(Object.entries(texts)), 'base64url');
    return { name, version, texts };
  });
  if (problems.length > 0) {
    throw new StartupError(
      `DOCUMENTS_DIR holds what cannot be used:\n${problems.map(each => `  - ${each}`).join('\n')}`,
    );
  }
  return documents;
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory() && /^[a-z][a-z0-9-]{0,40}$/.test(entry.name))
      .map(({ name }) => name)
      .toSorted();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new StartupError(`DOCUMENTS_DIR cannot be read (${code}).`);
  }
}
