import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

export interface AssetAnswer {
  headers: Record<string, string>;
  body: Buffer;
}

export interface Assets {
  /** The address of a file, with a digest of its content in it, so that it may be cached for ever. */
  urlOf(name: string): string;
  /** @returns undefined when there is nothing at that address */
  answer(path: string, acceptEncoding: string): AssetAnswer | undefined;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * All files of a folder, compressed once and kept in memory: they are few and small.
 * @param others files from elsewhere, by the name that views know them by
 */
export function loadAssets(folder: string, others: Readonly<Record<string, string>> = {}): Assets {
  const urls = new Map<string, string>();
  const answers = new Map<string, Record<'br' | 'gzip' | 'identity', AssetAnswer>>();

  const own = readdirSync(folder).map(name => [name, join(folder, name)] as const);
  for (const [name, path] of [...own, ...Object.entries(others)]) {
    const type = types[extname(name)];
    if (type === undefined) throw new Error(`public/${name} is of a kind that is not served`);
    const content = readFileSync(path);
    const url = `/assets/${name.replace(/(\.\w+)$/, `.${hash('sha256', content, 'hex').slice(0, 12)}$1`)}`;
    const headers = {
      'Content-Type': type,
      'Cache-Control': 'public, max-age=31536000, immutable',
      Vary: 'Accept-Encoding',
    };
    urls.set(name, url);
    answers.set(url, {
      identity: { headers, body: content },
      gzip: { headers: { ...headers, 'Content-Encoding': 'gzip' }, body: gzipSync(content, { level: 9 }) },
      br: { headers: { ...headers, 'Content-Encoding': 'br' }, body: brotliCompressSync(content) },
    });
  }

  return {
    urlOf(name) {
      const url = urls.get(name);
      if (url === undefined) throw new Error(`there is no public/${name}`);
      return url;
    },
    answer(path, acceptEncoding) {
      const forms = answers.get(path);
      if (/\bbr\b/.test(acceptEncoding)) return forms?.br;
      return /\bgzip\b/.test(acceptEncoding) ? forms?.gzip : forms?.identity;
    },
  };
}
