import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadTemplates } from '../../src/templates/index.ts';
import { tempFolder } from '../support/services.ts';

function templates({ view = '', message = 'Hello {name}', file = 'a.css' } = {}) {
  const folder = tempFolder();
  for (const name of ['views/partials', 'public', 'locales'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'views/page.hbs'), view);
  writeFileSync(join(folder, 'public', file), 'body{}');
  writeFileSync(join(folder, 'locales/en.json'), JSON.stringify({ hello: message }));
  writeFileSync(join(folder, 'locales/de.json'), '{}');
  return loadTemplates({
    viewsFolder: join(folder, 'views'),
    publicFolder: join(folder, 'public'),
    localesFolder: join(folder, 'locales'),
  });
}

describe('templates', () => {
  test('escape every value, also in messages', () => {
    const loaded = templates({ view: '{{t "hello" name=name}} {{name}}' });
    expect(loaded.render('page', { name: '<b>&' }, 'en')).toBe('Hello &lt;b&gt;&amp; &lt;b&gt;&amp;');
  });

  test.each([
    ['a value that the model lacks', '{{missing}}', 'page', 'missing'],
    ['a message that does not exist', '{{t "nothing"}}', 'page', 'no message "nothing"'],
    ['a file that does not exist', '{{asset "b.css"}}', 'page', 'there is no public/b.css'],
    ['a view that does not exist', '', 'other', 'there is no view "other"'],
  ])('fail on %s instead of showing nothing', (_what, view, name, message) => {
    expect(() => templates({ view }).render(name, {}, 'en')).toThrow(message);
  });

  test('a language that lacks a message fails too', () => {
    expect(() => templates({ view: '{{t "hello" name="x"}}' }).render('page', {}, 'de')).toThrow(
      'in the language "de"',
    );
  });

  test('files of a kind that is not served are refused at start', () => {
    expect(() => templates({ file: 'a.exe' })).toThrow('of a kind that is not served');
  });

  test('an address with another digest is nothing', () => {
    const { assets } = templates();
    expect(assets.answer(assets.urlOf('a.css'), 'br')).toBeDefined();
    expect(assets.answer('/assets/a.000000000000.css', '')).toBeUndefined();
    expect(assets.answer('/assets/a.000000000000.css', 'gzip')).toBeUndefined();
  });
});
