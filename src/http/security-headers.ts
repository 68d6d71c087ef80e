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
}

/** What helmet would set on every request is the same every time, so it is asked once. */
export function securityHeaders({ isHttps, directives = pagePolicy }: SecurityHeadersOptions): Middleware {
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    // Protocol endpoints are read by browsers of other origins where CORS allows it.
    crossOriginResourcePolicy: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  let headers: readonly [string, string][] | undefined;
  return async (ctx, next) => {
    headers ??= await collect(setHeaders);
    for (const [name, value] of headers) ctx.res.setHeader(name, value);
    await next();
  };
}

async function collect(middleware: Middleware): Promise<[string, string][]> {
  const headers: [string, string][] = [];
  const res = {
    setHeader: (name: string, value: string) => headers.push([name, value]),
    removeHeader: () => {},
  };
  await middleware({ req: {}, res } as unknown as Parameters<Middleware>[0], () => Promise.resolve());
  return headers;
}
