import ipaddr from 'ipaddr.js';
import type Koa from 'koa';
import { type AddressRange, isInRanges, parseRange } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';

export interface PinOriginOptions {
  /** All URLs are built from this, whatever Host or X-Forwarded-* say: a request must not be able to poison them. */
  issuer: string;
  /** Ranges whose X-Forwarded-For and Client-Cert are believed, nearest hop first. */
  trustedProxies: readonly string[];
  log: Logger;
}

/** Fixes what Koa would otherwise derive from request headers: protocol, host, origin, the client's address and certificate. */
export function pinOrigin(app: Koa, { issuer, trustedProxies, log }: PinOriginOptions): void {
  const { protocol, host, hostname, origin } = new URL(issuer);
  const ranges = trustedProxies.map(parseRange);
  const fixed: Record<string, unknown> = {
    protocol: protocol.slice(0, -1),
    secure: protocol === 'https:',
    host,
    hostname,
    origin,
  };
  for (const [name, value] of Object.entries(fixed)) {
    Object.defineProperty(app.request, name, { configurable: true, get: () => value });
  }
  let isWarned = false;
  /** Either somebody plays tricks, or a proxy is not listed, and then all people seem to have one address. */
  const warnOnce = () => {
    if (isWarned) return;
    isWarned = true;
    log.warn(
      { event: 'proxy.unknown' },
      'X-Forwarded-For came from an address that TRUSTED_PROXIES does not list. If that is your proxy, list it: attempts are counted by address.',
    );
  };
  // A certificate that anybody but our proxy claims to have seen (RFC 9440 section 4).
  app.use(async (ctx, next) => {
    const { headers, socket } = ctx.req;
    const isFromProxy = headers['client-cert'] !== undefined || headers['x-forwarded-for'] !== undefined;
    if (isFromProxy && !isInRanges(socket.remoteAddress ?? '', ranges)) {
      delete headers['client-cert'];
      warnOnce();
    }
    await next();
  });
  Object.defineProperty(app.request, 'ip', {
    configurable: true,
    get(this: Koa.Request) {
      return clientAddress(this.req.socket.remoteAddress, this.get('X-Forwarded-For'), ranges);
    },
  });
}

/** Walks the hops from our side outward and stops at the first that is not a trusted proxy. */
function clientAddress(
  peer: string | undefined,
  forwardedFor: string,
  trusted: readonly AddressRange[],
): string {
  const hops = [
    ...forwardedFor
      .split(',')
      .map(hop => hop.trim())
      .filter(hop => hop !== ''),
    peer ?? '',
  ];
  let address = '';
  for (const hop of hops.toReversed()) {
    if (!ipaddr.isValid(hop)) break;
    address = ipaddr.process(hop).toString();
    if (!isInRanges(hop, trusted)) break;
  }
  return address;
}
