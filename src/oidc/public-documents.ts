import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Next } from 'koa';

/** What everybody may read and many read often (Discovery 1.0, RFC 8414, RFC 7517). */
const paths: ReadonlySet<string> = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/jwks',
]);

/** What the provider does not know of, or denies because somebody else does it. */
const addedByUs = (issuer: string, mtlsOrigin: string | undefined, document: object) => ({
  request_uri_parameter_supported: true,
  require_request_uri_registration: true,
  ...(mtlsOrigin === undefined ? {} : { mtls_endpoint_aliases: aliasesIn(document, issuer, mtlsOrigin) }),
});

/** RFC 8705 section 5: where a client with a certificate finds the endpoints that ask for it. */
function aliasesIn(document: object, issuer: string, mtlsOrigin: string): Record<string, string> {
  const isAliased = (name: string) => name.endsWith('_endpoint') && !forBrowsers.has(name);
  return Object.fromEntries(
    Object.entries(document)
      .filter(([name]) => isAliased(name))
      .map(([name, url]) => [name, String(url).replace(issuer, mtlsOrigin)]),
  );
}

const forBrowsers: ReadonlySet<string> = new Set(['authorization_endpoint', 'end_session_endpoint']);

/** Far shorter than keys are announced before they are used, so that no copy lacks a key in use. */
const maxAgeSeconds = 300;

interface Document {
  body: Buffer;
  etag: string;
  headers: Record<string, string>;
  text: string;
  /** Names and values in turn: Node writes them as they are. */
  full: string[];
  /** Of an answer that has no content. */
  unchanged: string[];
}

export interface PublicDocumentsDeps {
  issuer: string;
  mtlsOrigin: string | undefined;
  /** For an answer from memory: how long it takes tells nothing. */
  count: (path: string) => void;
}

/**
 * Discovery and JWKS from memory, ahead of everything. The provider says what is in them: its first answer is kept until
 * it is replaced by a provider with other keys.
 */
export function publicDocuments({ issuer, mtlsOrigin, count }: PublicDocumentsDeps) {
  const isHttps = issuer.startsWith('https:');
  const withOurs = (document: object) => ({ ...document, ...addedByUs(issuer, mtlsOrigin, document) });
  let documents = new Map<string, Document>();

  return {
    /** What was kept is of a provider that is no more. */
    forget(): void {
      documents = new Map();
    },

    /** @returns false when somebody else has to answer */
    serve(req: IncomingMessage, res: ServerResponse): boolean {
      const { method = '', url = '' } = req;
      if (method !== 'GET' && method !== 'HEAD') return false;
      const document = documents.get(url);
      if (document === undefined) return false;
      const isKnown = isNamed(req.headers['if-none-match'], document.etag);
      res.writeHead(isKnown ? 304 : 200, isKnown ? document.unchanged : document.full);
      res.end(isKnown || method === 'HEAD' ? undefined : document.text, 'latin1');
      count(url);
      return true;
    },

    /** Keeps what the provider answers. */
    keep: async (ctx: Context, next: Next): Promise<void> => {
      // A provider that was replaced meanwhile leaves its answer to those who asked it.
      const kept = documents;
      await next();
      if (!paths.has(ctx.path) || ctx.method !== 'GET' || ctx.status !== 200) return;
      const body = ctx.path === '/jwks' ? ctx.body : withOurs(ctx.body as object);
      const document = toDocument(JSON.stringify(body), ctx.type, isHttps);
      kept.set(ctx.path, document);
      ctx.set(document.headers);
      // It is the same for every origin.
      ctx.remove('Vary');
      ctx.body = document.body;
      if (isNamed(ctx.get('If-None-Match'), document.etag)) ctx.status = 304;
    },
  };
}

export type PublicDocuments = ReturnType<typeof publicDocuments>;

function toDocument(text: string, type: string, isHttps: boolean): Document {
  const body = Buffer.from(text);
  const etag = `"${hash('sha256', text, 'base64url')}"`;
  const unchanged = {
    'Cache-Control': `public, max-age=${maxAgeSeconds}`,
    ETag: etag,
    // For everybody, and never with credentials.
    'Access-Control-Allow-Origin': '*',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    ...(isHttps ? { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } : {}),
  };
  const headers = {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': String(body.length),
    ...unchanged,
  };
  return {
    body,
    etag,
    headers,
    text: body.toString('latin1'),
    full: Object.entries(headers).flat(),
    unchanged: Object.entries(unchanged).flat(),
  };
}

/** RFC 9110 section 13.1.2: weak comparison. */
function isNamed(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const named = ifNoneMatch.split(',').map(tag => tag.trim().replace(/^W\//, ''));
  return named.includes(etag) || named.includes('*');
}
