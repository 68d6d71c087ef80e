import {
  type Client,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  type Provider,
} from 'oidc-provider';
import { accountsRepository, emailKeyOf } from '../accounts/index.ts';
import {
  type BackchannelRequest,
  backchannelRequests,
  type Decision,
} from '../backchannel-authentication/index.ts';
import { consentsRepository } from '../consents/index.ts';
import type { GuardedFetch } from '../http/index.ts';
import { AppError, type Clock } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';
import { isAcr, isAtLeast } from '../mfa/index.ts';
import { type ArtifactStore, type Database, runInUnitOfWork, type Sealer } from '../store/index.ts';
import { minimumOf } from './assurance.ts';
import { requestedDetails } from './authorization-details/requested-details.ts';
import { guard } from './guard.ts';
import { lifetimes } from './lifetimes.ts';
import type { ProviderPages } from './provider-pages.ts';

interface Deps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  issuer: string;
  pages: ProviderPages;
}

/** Both devices show it: short, and of characters that look the same on both. */
const bindingMessage = /^[\p{L}\p{N} .,:;#+/!?_-]{1,64}$/u;

/** OpenID Connect CIBA Core 1.0. People are told by mail, and decide on a page of ours or through a tool of yours. */
export function backchannelAuthentication(deps: Deps): NonNullable<Configuration['features']>['ciba'] {
  const accounts = accountsRepository(deps.database);
  const requests = backchannelRequests(deps);
  return {
    enabled: true,
    deliveryModes: ['poll', 'ping'],
    processLoginHint: (_ctx: KoaContextWithOIDC, hint: string) =>
      guard(async () => (await accounts.findByEmailKey(emailKeyOf(hint)))?.id),
    processLoginHintToken() {
      throw new errors.InvalidRequest('login_hint_token is not supported, use login_hint or id_token_hint');
    },
    validateRequestContext: () => undefined,
    validateBindingMessage(_ctx: KoaContextWithOIDC, message?: string) {
      if (message !== undefined && !bindingMessage.test(message)) {
        throw new errors.InvalidBindingMessage('binding_message may have 64 letters, digits and spaces');
      }
    },
    // Approval asks for a signed-in session, which proves more than a code.
    verifyUserCode(_ctx: KoaContextWithOIDC, _account: unknown, userCode?: string) {
      if (userCode !== undefined) throw new errors.InvalidRequest('user_code is not supported');
    },
    async triggerAuthenticationDevice(ctx: KoaContextWithOIDC, request, account, client: Client) {
      await guard(async () => {
        const {
          binding_message: message,
          client_notification_token: token,
          acr_values: acrValues,
        } = ctx.oidc.params ?? {};
        const id = await requests.add({
          clientId: client.clientId,
          accountId: account.accountId,
          scope: request.scope ?? '',
          resources: [request.resource ?? []].flat(),
          acrValues: textOf(acrValues) ?? '',
          bindingMessage: textOf(message),
          authorizationDetails: requestedDetails(ctx),
          secrets: { authReqId: request.jti, notificationToken: textOf(token) },
          lifetimeSeconds: request.remainingTTL,
        });
        const found = await accounts.findById(account.accountId);
        if (found !== undefined) {
          const url = `${deps.issuer}/approve/${id}`;
          await deps.pages.approvalAsked({
            to: found.email,
            accountId: found.id,
            client,
            url,
            bindingMessage: textOf(message),
          });
        }
      });
    },
  } as NonNullable<Configuration['features']>['ciba'];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** In seconds; a client may ask for less. */
export function backchannelLifetime({ oidc }: KoaContextWithOIDC): number {
  const requested = Number(oidc.params?.['requested_expiry'] ?? lifetimes.backchannelRequest);
  return Math.min(lifetimes.backchannelRequest, requested);
}

/** How the person who decides had signed in. */
export interface Approval {
  acr?: string | undefined;
  amr?: string[] | undefined;
  authTime: number;
}

interface DecideDeps {
  provider: () => Provider;
  database: Database;
  artifacts: ArtifactStore;
  clock: Clock;
  sealer: Sealer;
  fetch: GuardedFetch;
  log: Logger;
}

export type DecideBackchannelRequest = ReturnType<typeof decideBackchannelRequest>;

/**
 * Approves or denies. What the client gets is written first, and a client that wants to be told is told after that.
 * @returns false where it was too late, or somebody else was first
 * @throws AppError `conflict` where the client takes nobody with as little as the person has proved
 */
export function decideBackchannelRequest(deps: DecideDeps) {
  const requests = backchannelRequests(deps);
  return async (request: BackchannelRequest, decision: Decision, approval: Approval): Promise<boolean> => {
    const provider = deps.provider();
    if (decision === 'approved') await requireEnough(provider, request, approval);
    const secrets = await requests.decide(request.id, decision);
    if (secrets === undefined) return false;
    await runInUnitOfWork(deps.artifacts, async () => {
      const result =
        decision === 'approved' ? await grantFor(deps, provider, request) : new errors.AccessDenied();
      const rar = request.authorizationDetails;
      await provider.backchannelResult(secrets.authReqId, result, { ...approval, rar });
    });
    const client = await provider.Client.find(request.clientId);
    const { notificationToken } = secrets;
    if (client?.backchannelTokenDeliveryMode === 'ping' && notificationToken !== undefined) {
      void ping(deps, client, { authReqId: secrets.authReqId, notificationToken });
    }
    return true;
  };
}

async function requireEnough(
  provider: Provider,
  request: BackchannelRequest,
  approval: Approval,
): Promise<void> {
  const client = await provider.Client.find(request.clientId);
  const minimum = client === undefined ? undefined : minimumOf(client);
  if (minimum === undefined || (isAcr(approval.acr) && isAtLeast(approval.acr, minimum))) return;
  throw new AppError('conflict', `This client takes nobody who has not reached ${minimum}.`);
}

async function grantFor(
  deps: Pick<DecideDeps, 'database' | 'clock'>,
  provider: Provider,
  request: BackchannelRequest,
) {
  const { accountId, clientId, scope, resources } = request;
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(scope);
  for (const resource of resources) grant.addResourceScope(resource, scope);
  const saved = await grant.save();
  // Whoever takes back what they allowed this client takes back this too.
  await consentsRepository(deps).addGrant({ accountId, clientId }, saved, grant.remainingTTL);
  return grant;
}

/** CIBA Core 1.0 section 10.2. A client that misses it can still ask. */
async function ping(
  { fetch, log }: DecideDeps,
  client: Client,
  secrets: { authReqId: string; notificationToken: string },
): Promise<void> {
  const about = { client_id: client.clientId };
  try {
    const { status } = await fetch(String(client['backchannelClientNotificationEndpoint']), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secrets.notificationToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ auth_req_id: secrets.authReqId }),
    });
    if (status === 200 || status === 204) return;
    log.warn({ event: 'ciba.ping_failed', status, ...about }, 'a client was not told of a decision');
  } catch {
    log.warn({ event: 'ciba.ping_failed', ...about }, 'a client was not told of a decision');
  }
}

/** The provider would tell the client before anything is written; it is told afterwards, see above. */
export function pingLater(provider: Provider): void {
  const { prototype } = provider.Client as unknown as { prototype: { backchannelPing(): Promise<void> } };
  prototype.backchannelPing = () => Promise.resolve();
}
