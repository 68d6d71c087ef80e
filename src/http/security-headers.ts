import type { Middleware } from 'koa';
import helmet from 'koa-helmet';

/** Nothing from elsewhere, nothing inline, no frames; a page that needs more says so itself (and only for itself). */
const pagePolicy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
  requireTrustedTypesFor: ["'script'"],
};

export interface SecurityHeadersOptions {
  /** True when the surface is reached over https: adds Strict-Transport-Security for a year. */
  isHttps: boolean;
  directives?: Record<string, string[]>;
  /**
   * Addresses that programs call and no browser shows: what they answer gets the strictest policy and the few headers
   * that mean anything there (OWASP REST Security Cheat Sheet). All of them would be a tenth of the cost of a token.
   */
  isForPrograms?: (path: string) => boolean;
}

/** What helmet would set on every request is the same every time, so it is asked once. */
export function securityHeaders({
  isHttps,
  directives = pagePolicy,
  isForPrograms = () => false,
}: SecurityHeadersOptions): Middleware {
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    // Protocol endpoints are read by browsers of other origins where CORS allows it.
    crossOriginResourcePolicy: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  let forPages: readonly [string, string][] | undefined;
  let forPrograms: readonly [string, string][] | undefined;
  return async (ctx, next) => {
    forPages ??= await collect(setHeaders);
    forPrograms ??= [
      ...forPages.filter(([name]) => alsoForPrograms.has(name)),
      ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
    ];
    for (const [name, value] of isForPrograms(ctx.path) ? forPrograms : forPages)
      ctx.res.setHeader(name, value);
    await next();
  };
}

const alsoForPrograms = new Set(['Strict-Transport-Security', 'X-Content-Type-Options']);

async function collect(middleware: Middleware): Promise<[string, string][]> {
  const headers: [string, string][] = [];
  const res = {
    setHeader: (name: string, value: string) => headers.push([name, value]),
    removeHeader: () => {},
  };
  await middleware({ req: {}, res } as unknown as Parameters<Middleware>[0], () => Promise.resolve());
  return headers;
}
