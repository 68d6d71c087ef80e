import type { Client, Grant, KoaContextWithOIDC } from 'oidc-provider';
import { recordEvent } from '../audit/index.ts';
import { type ConsentContent, consentsRepository } from '../consents/index.ts';
import { type Clock, digest } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import { addLink } from '../one-use-links/index.ts';
import { wantsNotice } from '../preferences/index.ts';
import type { ArtifactStore, Database, Sealer } from '../store/index.ts';
import { guard } from './guard.ts';

/** Metadata of ours: an app of the house, whose people are not asked whether they trust it. */
export const firstParty = 'first_party';

export function isFirstParty(client: Client): boolean {
  return client[firstParty] === true;
}

interface Deps {
  database: Pick<Database, 'pool'>;
  clock: Clock;
}

/** What is decided about consent is on record with the account. */
interface RecordingDeps extends Deps {
  database: Database;
  sealer: Sealer;
}

/**
 * The grant of this session and client. Another browser has allowed it before, or the client is one of the house: then a
 * real grant is made of that without asking, and only what is new is asked for.
 */
export function loadGrant(deps: Deps) {
  const consents = consentsRepository(deps);
  return async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { provider, client, session, account, result } = ctx.oidc;
    const clientId = client?.clientId ?? '';
    const accountId = account?.accountId ?? '';
    const grantId = result?.consent?.grantId ?? session?.grantIdFor(clientId);
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const isOfTheHouse = client !== undefined && isFirstParty(client);
    if (known !== undefined && !isOfTheHouse) return known;

    const parties = { accountId, clientId };
    const content = known === undefined ? await guard(() => consents.find(parties)) : undefined;
    if (known === undefined && content === undefined && !isOfTheHouse) return undefined;
    const grant = known ?? new provider.Grant({ ...content, ...parties });
    const before = known === undefined ? undefined : contentOf(known);
    if (isOfTheHouse) allowAll(ctx, grant);
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(contentOf(grant))) return grant;
    const saved = await grant.save();
    await guard(() => consents.addGrant(parties, saved, grant.remainingTTL));
    return grant;
  };
}

/** What a person allowed on our pages counts in their other browsers too. A mail tells them of an app that goes on by itself. */
export async function rememberConsent(
  deps: RecordingDeps & { outbox: Outbox; issuer: string },
  grant: Grant,
  { app, locale }: { app: string; locale: string },
): Promise<void> {
  const { accountId = '', clientId = '', jti, remainingTTL } = grant;
  const consents = consentsRepository(deps);
  const parties = { accountId, clientId };
  const content = contentOf(grant);
  const scopes = [content.openid?.scope, ...Object.values(content.resources ?? {})].join(' ').trim();
  await guard(async () => {
    const isNew = goesOnAlone(content) && !goesOnAlone(await consents.find(parties));
    await deps.database.prisma.$transaction(async transaction => {
      if (isNew && (await wantsNotice(transaction, accountId, 'appAllowed'))) {
        const { email } = await transaction.account.findUniqueOrThrow({ where: { id: accountId } });
        const url = await addLink(transaction, deps, { purpose: 'alarm', accountId });
        const recipient = { to: email, accountId, locale };
        await deps.outbox.add(transaction, recipient, 'app-allowed', { url, values: { app } });
      }
      await consents.save(transaction, parties, content);
      await recordEvent(transaction, deps, { type: 'consent.allowed', ...parties, details: { scopes } });
    });
    await consents.addGrant(parties, jti, remainingTTL);
  });
}

/** Its app keeps its access when nobody is there. */
function goesOnAlone(content: ConsentContent | undefined): boolean {
  return (content?.openid?.scope ?? '').split(' ').includes('offline_access');
}

/** Takes back all that an account allowed a client: its tokens and sessions end with it, in every process at once. */
export async function withdrawConsent(
  { artifacts, ...deps }: RecordingDeps & { artifacts: ArtifactStore },
  parties: { accountId: string; clientId: string },
): Promise<void> {
  const consents = consentsRepository(deps);
  const grantIds = await deps.database.prisma.$transaction(async transaction => {
    await recordEvent(transaction, deps, { type: 'consent.withdrawn', ...parties });
    return consents.remove(transaction, parties);
  });
  await artifacts.commit(grantIds.map(id => ({ kind: 'revoke-grant', id: digest(id) })));
}

function contentOf({ openid, resources, rejected }: Grant): ConsentContent {
  return structuredClone({ openid, resources, rejected }) as ConsentContent;
}

function allowAll(ctx: KoaContextWithOIDC, grant: Grant): void {
  const { requestParamOIDCScopes, requestParamClaims, requestParamScopes, resourceServers = {} } = ctx.oidc;
  grant.addOIDCScope([...requestParamOIDCScopes].join(' '));
  grant.addOIDCClaims([...requestParamClaims]);
  for (const [indicator, server] of Object.entries(resourceServers)) {
    const scopes = [...server.scopes].filter(scope => requestParamScopes.has(scope));
    grant.addResourceScope(indicator, scopes.join(' '));
  }
}
