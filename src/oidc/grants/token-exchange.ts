import type { Provider, TokenEndpointGrantContext } from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { createFindAccount } from '../find-account.ts';
import type { createResourceIndicators } from '../resource-indicators.ts';
import { type Actor, issueAccessToken } from './issue-access-token.ts';
import { createReadSubject, type ReadToken } from './read-token.ts';

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const jwtType = 'urn:ietf:params:oauth:token-type:jwt';

/** Metadata of ours: which tokens a client may exchange for which. */
export const exchangeRules = 'token_exchange';

export interface ExchangeRule {
  /** The API that the token was for: this client is it, or works for it. */
  from: string;
  to: string;
  /** Whether the new token says who acts; an impersonation hides it. */
  mode: 'delegation' | 'impersonation';
}

/** An actor for whom another acts for whom another acts … : longer chains are somebody's mistake. */
const longestChain = 5;

const parameters = [
  'audience',
  'resource',
  'scope',
  'requested_token_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
];

interface Deps {
  getResourceServerInfo: ReturnType<typeof createResourceIndicators>['getResourceServerInfo'];
  findAccount: ReturnType<typeof createFindAccount>;
  readToken: ReturnType<typeof createReadSubject>;
}

/** RFC 8693. A token of ours becomes one for another API: never for more, never for longer, and it says who acts. */
export function registerTokenExchange(provider: Provider, deps: Deps): void {
  provider.registerGrantType(tokenExchange, ctx => exchange(deps, ctx), parameters, ['audience', 'resource']);
}

async function exchange(deps: Deps, ctx: TokenEndpointGrantContext): Promise<void> {
  const { client, params } = ctx.oidc;
  const subject = await readParameter(deps, ctx, 'subject');
  if (subject === undefined) throw new errors.InvalidRequest("missing required parameter(s) 'subject_token'");
  if (subject.accountId === undefined)
    throw new errors.InvalidRequest('the subject token is not one of a person');
  const resource = targetOf(params);
  const rule = ((client[exchangeRules] ?? []) as readonly ExchangeRule[]).find(
    ({ from, to }) => subject.audiences.includes(from) && to === resource,
  );
  if (rule === undefined) {
    throw new errors.InvalidTarget('this client may not exchange a token for that API for one for this');
  }
  const account = await deps.findAccount(ctx, subject.accountId);
  if (account === undefined) throw new errors.InvalidRequest('the subject token is not good any more');
  const act = rule.mode === 'delegation' ? await actorFor(deps, ctx, subject) : subject.act;

  const requested = requestedType(params);
  const answer = await issueAccessToken(deps.getResourceServerInfo, ctx, {
    accountId: account.accountId,
    resource,
    scopes: subject.scopes,
    longestLifetime: subject.secondsLeft,
    act,
    grantId: subject.grantId,
  });
  ctx.body = { ...answer, issued_token_type: requested };
}

/** @throws InvalidRequest (RFC 8693 section 2.2.2) */
async function readParameter(
  deps: Deps,
  ctx: TokenEndpointGrantContext,
  role: 'subject' | 'actor',
): Promise<ReadToken | undefined> {
  const { params } = ctx.oidc;
  const token = params[`${role}_token`];
  const type = params[`${role}_token_type`];
  if (token === undefined && type === undefined) return undefined;
  if (type !== accessTokenType && type !== jwtType) {
    throw new errors.InvalidRequest(`${role}_token_type must be ${accessTokenType} or ${jwtType}`);
  }
  const read = typeof token === 'string' ? await deps.readToken(ctx, token) : undefined;
  if (read === undefined) throw new errors.InvalidRequest(`the ${role} token is not good`);
  return read;
}

function targetOf({ resource, audience }: TokenEndpointGrantContext['oidc']['params']): string {
  const targets = new Set([resource, audience].flat().filter(target => target !== undefined));
  const [target] = targets;
  if (targets.size !== 1 || typeof target !== 'string') {
    throw new errors.InvalidTarget('name one API, as resource or audience');
  }
  return target;
}

function requestedType({
  requested_token_type: requested,
}: TokenEndpointGrantContext['oidc']['params']): string {
  if (requested === undefined || requested === accessTokenType) return accessTokenType;
  if (requested === jwtType) return jwtType;
  throw new errors.InvalidRequest(`requested_token_type must be ${accessTokenType} or ${jwtType}`);
}

/** The client itself, unless it shows a token of its own that names somebody else; behind it everybody who acted before. */
async function actorFor(deps: Deps, ctx: TokenEndpointGrantContext, subject: ReadToken): Promise<Actor> {
  const { clientId } = ctx.oidc.client;
  const actor = await readParameter(deps, ctx, 'actor');
  if (actor !== undefined && actor.clientId !== clientId) {
    throw new errors.InvalidRequest('the actor token is not one of this client');
  }
  const sub = actor?.accountId ?? clientId;
  if (subject.mayAct !== undefined && subject.mayAct !== sub) {
    throw new errors.InvalidRequest('the subject token names somebody else who may act');
  }
  let length = 1;
  for (let link = subject.act; link !== undefined; link = link.act) length += 1;
  if (length > longestChain) throw new errors.InvalidRequest('too many have acted for each other already');
  return { sub, ...(subject.act === undefined ? {} : { act: subject.act }) };
}
