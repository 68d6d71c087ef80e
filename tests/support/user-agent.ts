import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Page {
  url: string;
  status: number;
  headers: Headers;
  text: string;
}

export interface UserAgentOptions {
  /** Certificate authority, PEM, for https. */
  ca?: string;
  headers?: Record<string, string>;
}

/**
 * A browser without JavaScript, for tests that are about the protocol: cookies with paths, redirects, forms, Refresh.
 * It stops where a browser would leave for an address that starts with one of `elsewhere`.
 */
export class UserAgent {
  readonly cookies = new Map<string, { value: string; path: string }>();
  readonly #elsewhere: readonly string[];
  readonly #options: UserAgentOptions;

  constructor(elsewhere: readonly string[] = [], options: UserAgentOptions = {}) {
    this.#elsewhere = elsewhere;
    this.#options = options;
  }

  /** Another browser that is at the same point: same cookies from here on its own. */
  clone(): UserAgent {
    const copy = new UserAgent(this.#elsewhere, this.#options);
    for (const [key, cookie] of this.cookies) copy.cookies.set(key, cookie);
    return copy;
  }

  async open(url: string): Promise<Page> {
    return this.#follow(url, await this.send('GET', url));
  }

  /** Sends a form that stands on a page of another site: no cookies go with it (SameSite=Lax). */
  async post(url: string, body: string): Promise<Page> {
    return this.#follow(
      url,
      await this.send('POST', url, body, { 'Sec-Fetch-Site': 'cross-site', Cookie: '' }),
    );
  }

  /** Presses a button of the form with this id, as it stands on the page. */
  async submit(page: Page, formId: string, fields: Record<string, string | string[]> = {}): Promise<Page> {
    const form = new RegExp(`<form id="${formId}"[^>]*?action="([^"]*)"[^>]*>(.*?)</form>`, 's').exec(
      page.text,
    );
    if (form === null) throw new Error(`no form "${formId}" on ${page.url}:\n${page.text.slice(0, 2000)}`);
    const body = new URLSearchParams();
    for (const [input] of (form[2] ?? '').matchAll(/<input[^>]*type="(?:hidden|text)"[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input)?.[1];
      if (name !== undefined) body.set(name, decode(/value="([^"]*)"/.exec(input)?.[1] ?? ''));
    }
    for (const [name, value] of Object.entries(fields)) {
      body.delete(name);
      for (const each of [value].flat()) body.append(name, each);
    }
    const action = new URL(decode(form[1] ?? ''), page.url).href;
    const headers = { 'Sec-Fetch-Site': 'same-origin', Origin: new URL(page.url).origin };
    return this.#follow(action, await this.send('POST', action, body.toString(), headers));
  }

  /** Sends the form with this id as browsers send one with a file. */
  async upload(
    page: Page,
    formId: string,
    { name, bytes, type = 'image/png' }: { name: string; bytes: Uint8Array; type?: string },
    fields: Record<string, string> = {},
  ): Promise<Page> {
    const form = new RegExp(`<form id="${formId}"[^>]*?action="([^"]*)"[^>]*>(.*?)</form>`, 's').exec(
      page.text,
    );
    if (form === null) throw new Error(`no form "${formId}" on ${page.url}`);
    const data = new FormData();
    data.set('csrf', /name="csrf" value="([^"]*)"/.exec(form[2] ?? '')?.[1] ?? '');
    for (const [field, value] of Object.entries(fields)) data.set(field, value);
    data.set(name, new Blob([new Uint8Array(bytes)], { type }), 'upload');
    const encoded = new Response(data);
    const action = new URL(decode(form[1] ?? ''), page.url).href;
    const body = Buffer.from(await encoded.arrayBuffer());
    return this.#follow(
      action,
      await this.send('POST', action, body, {
        'Content-Type': encoded.headers.get('content-type') ?? '',
        'Content-Length': String(body.length),
        'Sec-Fetch-Site': 'same-origin',
        Origin: new URL(page.url).origin,
      }),
    );
  }

  /** One request, no following. */
  async send(
    method: string,
    url: string,
    body?: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const { protocol, pathname } = new URL(url);
    const send = protocol === 'https:' ? httpsRequest : httpRequest;
    const cookies = [...this.cookies].filter(([, { path }]) => pathname.startsWith(path));
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method,
        ...(this.#options.ca === undefined ? {} : { ca: this.#options.ca }),
        headers: {
          Accept: 'text/html',
          ...this.#options.headers,
          ...(cookies.length === 0
            ? {}
            : { Cookie: cookies.map(([key, { value }]) => `${key.split(' ')[0]}=${value}`).join('; ') }),
          ...(body === undefined
            ? {}
            : {
                'Content-Type': 'application/x-www-form-urlencoded',
                'Content-Length': Buffer.byteLength(body),
              }),
          ...headers,
        },
      });
      request.once('error', reject);
      request.once('response', response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          for (const cookie of response.headers['set-cookie'] ?? []) this.#keep(cookie);
          const answer = new Headers();
          for (const [name, value] of Object.entries(response.headers)) {
            for (const each of [value ?? []].flat()) answer.append(name, each);
          }
          resolve({
            url,
            status: response.statusCode ?? 0,
            headers: answer,
            text: Buffer.concat(chunks).toString(),
          });
        });
      });
      request.end(body);
    });
  }

  async #follow(from: string, first: Page): Promise<Page> {
    let page = first;
    for (let hops = 0; hops < 20; hops += 1) {
      const next =
        page.headers.get('location') ?? /^0; url=(.*)$/.exec(page.headers.get('refresh') ?? '')?.[1];
      const form = /<form id="form-post" method="post" action="([^"]*)" data-submits-itself>/.exec(page.text);
      if (form !== null) {
        const action = new URL(decode(form[1] ?? ''), page.url).href;
        if (this.#isElsewhere(action)) return page;
        return this.submit(page, 'form-post');
      }
      if (next === undefined || next === null) return page;
      const url = new URL(next, page.url).href;
      if (this.#isElsewhere(url)) return { ...page, url };
      page = await this.send('GET', url);
    }
    throw new Error(`too many redirects from ${from}`);
  }

  #isElsewhere(url: string): boolean {
    return this.#elsewhere.some(start => url.startsWith(start));
  }

  #keep(header: string): void {
    const [pair = '', ...attributes] = header.split('; ');
    const [name = '', ...value] = pair.split('=');
    const path = /^path=(.*)$/i.exec(attributes.find(each => /^path=/i.test(each)) ?? '')?.[1] ?? '/';
    const key = `${name} ${path}`;
    const isGone = attributes.some(each => /^expires=Thu, 01 Jan 1970/i.test(each));
    if (isGone) this.cookies.delete(key);
    else this.cookies.set(key, { value: value.join('='), path });
  }
}

function decode(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#x3D;', '=')
    .replaceAll('&#x27;', "'")
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
