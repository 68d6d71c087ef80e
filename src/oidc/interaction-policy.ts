import { interactionPolicy } from 'oidc-provider';
import { accountClient } from './account-client.ts';
import { type AssurancePolicyDeps, assurancePolicy, withoutUnknownAcr } from './assurance.ts';

/** Whether somebody has to be stopped on the way to an app. */
export type IsDue = (accountId: string) => Promise<boolean>;

export interface PolicyDeps extends AssurancePolicyDeps {
  offersRegistration: boolean;
  /** What is asked of who is signed in, in this order, before an app gets anything. */
  stops: Readonly<Record<string, IsDue>>;
}

/**
 * When people are asked. The library knows login and consent; `prompt=select_account` is ours, and where people may make
 * accounts `prompt=create` (Initiating User Registration 1.0).
 */
export function createPolicy(deps: PolicyDeps): interactionPolicy.DefaultPolicy {
  const { offersRegistration, stops } = deps;
  const policy = interactionPolicy.base();
  withoutUnknownAcr(policy);
  policy.add(assurancePolicy(deps), policy.length - 1);
  for (const [name, isDue] of Object.entries(stops)) policy.add(stopOf(name, isDue), policy.length - 1);
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  if (offersRegistration) policy.add(new interactionPolicy.Prompt({ name: 'create', requestable: true }), 0);
  return policy;
}

/** Not for our own pages: who does not want to go on can still see to their account, take their data and leave. */
function stopOf(name: string, isDue: IsDue): interactionPolicy.Prompt {
  const check = new interactionPolicy.Check(
    `${name}_due`,
    `the person has to see to their ${name} first`,
    async ctx => {
      const { session, client } = ctx.oidc;
      if (session?.accountId === undefined || client?.clientId === accountClient) return false;
      return isDue(session.accountId);
    },
  );
  return new interactionPolicy.Prompt({ name, requestable: false }, check);
}
