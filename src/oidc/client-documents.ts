import type { Configuration } from 'oidc-provider';
import type { Clock } from '../kernel/index.ts';

/** Fetches a minute: what strangers can make us ask of one host, and of all together. */
const perHost = 10;
const perProcess = 100;
const minuteMs = 60_000;

export interface ClientDocumentsDeps {
  /** `*` for any. */
  clientDocumentHosts: readonly string[];
  clock: Clock;
}

/** Whether a client_id is an address at which the client describes itself, as far as the settings let it. */
export function isClientDocument(clientId: string, hosts: readonly string[]): boolean {
  if (hosts.length === 0 || !clientId.startsWith('https://') || !URL.canParse(clientId)) return false;
  const { host, hostname } = new URL(clientId);
  return hosts.some(allowed => allowed === '*' || allowed === host || allowed === hostname);
}

/**
 * Clients that were never registered: their `client_id` is the https address of their metadata (OAuth Client ID Metadata
 * Document, draft-ietf-oauth-client-id-metadata-document). The provider keeps each as long as its Cache-Control says;
 * whoever names ever new addresses is stopped here.
 */
export function clientDocuments({ clientDocumentHosts, clock }: ClientDocumentsDeps) {
  let minute = { endsAt: 0, total: 0, byHost: new Map<string, number>() };

  function isWithinLimits(clientId: string): boolean {
    const now = clock.now();
    if (now >= minute.endsAt) minute = { endsAt: now + minuteMs, total: 0, byHost: new Map() };
    const { host } = new URL(clientId);
    const ofHost = (minute.byHost.get(host) ?? 0) + 1;
    minute.byHost.set(host, ofHost);
    minute.total += 1;
    return ofHost <= perHost && minute.total <= perProcess;
  }

  return {
    enabled: clientDocumentHosts.length > 0,
    ack: 'draft-02',
    allowFetch: (_ctx, clientId) =>
      Promise.resolve(isClientDocument(clientId, clientDocumentHosts) && isWithinLimits(clientId)),
    cacheDuration: { min: 60, max: 24 * 60 * 60 },
  } satisfies NonNullable<Configuration['features']>['clientIdMetadataDocument'];
}
