import { lookup as lookUp } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import type { Agent } from 'undici';
import type { Logger } from '../log/index.ts';
import { isSpecialAddress } from './special-addresses.ts';

export type OutgoingFailure =
  | 'not_https'
  | 'credentials_in_url'
  | 'port_refused'
  | 'address_refused'
  | 'redirected'
  | 'too_large'
  | 'too_slow'
  | 'unreachable';

/** Why nothing was fetched. Says nothing about what the other side answered. */
class OutgoingError extends Error {
  readonly reason: OutgoingFailure;

  constructor(reason: OutgoingFailure, cause?: unknown) {
    super(`The address could not be fetched: ${reason}`, { cause });
    this.name = 'OutgoingError';
    this.reason = reason;
  }
}

export interface OutgoingRequest {
  method?: string;
  headers?: Headers | Record<string, string>;
  body?: string;
  /** For who cannot wait as long as others. */
  longestMs?: number;
}

/** As WHATWG fetch, for addresses that somebody else chose. @throws OutgoingError */
export type GuardedFetch = (url: string | URL, request?: OutgoingRequest) => Promise<Response>;

export interface GuardedFetchOptions {
  /** `host` or `host:port` that may be anywhere, for tests. */
  allowedHosts: readonly string[];
  /** PEM, trusted beside the usual authorities. */
  extraCa: string | undefined;
  log: Logger;
  /** For tests of what names resolve to; otherwise the operating system is asked. */
  lookup?: LookupFunction;
}

/** DNS, connection, answer and content together. */
const longestMs = 5_000;
const largestBytes = 256 * 1024;

/**
 * The one way out for requests to addresses that a client or a person named (CWE-918): https to public addresses only, the
 * name resolved once for a connection that then goes there, no redirects, limits on time and size.
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const { log, allowedHosts } = options;
  let agents: Promise<Agents> | undefined;

  return async (address, request = {}) => {
    const url = new URL(address);
    const isAllowed = allowedHosts.includes(url.host) || allowedHosts.includes(url.hostname);
    try {
      refuseByAddress(url, isAllowed);
      // Loaded when first needed: a Gatehouse whose clients name no addresses does without.
      agents ??= openAgents(options);
      const { fetch, guarded, open } = await agents;
      const signal = AbortSignal.timeout(request.longestMs ?? longestMs);
      const response = await fetch(url, {
        method: request.method ?? 'GET',
        headers: { ...Object.fromEntries(new Headers(request.headers)), 'accept-encoding': 'identity' },
        body: request.body ?? null,
        redirect: 'manual',
        dispatcher: isAllowed ? open : guarded,
        signal,
      });
      if (response.status >= 300 && response.status < 400) {
        await response.body?.cancel();
        throw new OutgoingError('redirected');
      }
      return new Response(await readLimited(response.body), {
        status: response.status,
        headers: [...response.headers].filter(([name]) => !hopByHop.has(name)),
      });
    } catch (error) {
      const failure = toOutgoingError(error);
      log.warn(
        { event: 'outgoing.failed', host: url.host, reason: failure.reason },
        'an address that a client named was not fetched',
      );
      throw failure;
    }
  };
}

const hopByHop: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'transfer-encoding']);

interface Agents {
  fetch: typeof import('undici').fetch;
  guarded: Agent;
  open: Agent;
}

async function openAgents({ extraCa, lookup = lookUp }: GuardedFetchOptions): Promise<Agents> {
  const { Agent, fetch } = await import('undici');
  const ca = extraCa === undefined ? {} : { ca: [...getCACertificates('default'), extraCa] };
  // A connection is not kept: the next request resolves the name again, and is checked again.
  const shared = { connections: 20, pipelining: 0, maxHeaderSize: 16_384 };
  return {
    fetch,
    guarded: new Agent({ ...shared, connect: { ...ca, timeout: longestMs, lookup: publicOnly(lookup) } }),
    open: new Agent({ ...shared, connect: { ...ca, timeout: longestMs, lookup } }),
  };
}

/** A host has one answer a connection; where any of its addresses is special, none of them is used (DNS rebinding). */
function publicOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const all = Array.isArray(addresses) ? addresses : [];
      if (error !== null || all.length === 0) {
        callback(error ?? Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
      } else if (all.some(({ address }) => isSpecialAddress(address))) {
        callback(new OutgoingError('address_refused'), []);
      } else if (options.all === true) {
        callback(null, all);
      } else {
        callback(null, all[0]?.address ?? '', all[0]?.family);
      }
    });
  };
}

/** An address in the URL itself is not looked up. URL has already read decimal, octal and hexadecimal ones. */
function refuseByAddress(url: URL, isAllowed: boolean): void {
  if (url.protocol !== 'https:') throw new OutgoingError('not_https');
  if (url.username !== '' || url.password !== '') throw new OutgoingError('credentials_in_url');
  if (isAllowed) return;
  if (url.port !== '' && Number(url.port) < 1024) throw new OutgoingError('port_refused');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && isSpecialAddress(host)) throw new OutgoingError('address_refused');
}

async function readLimited(body: AsyncIterable<Uint8Array> | null): Promise<Buffer | null> {
  if (body === null) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream, and with it the connection.
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > largestBytes) throw new OutgoingError('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toOutgoingError(error: unknown): OutgoingError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OutgoingError) return cause;
    const { name, code } = cause as { name: string; code?: string };
    if (name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT') {
      return new OutgoingError('too_slow', error);
    }
    if (code === 'UND_ERR_HEADERS_OVERFLOW') return new OutgoingError('too_large', error);
  }
  return new OutgoingError('unreachable', error);
}
