import { interactionPolicy } from 'oidc-provider';

/**
 * When people are asked. The library knows login and consent; `prompt=select_account` is ours, and where people may make
 * accounts `prompt=create` (Initiating User Registration 1.0).
 */
export function createPolicy({
  offersRegistration,
}: {
  offersRegistration: boolean;
}): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  if (offersRegistration) policy.add(new interactionPolicy.Prompt({ name: 'create', requestable: true }), 0);
  return policy;
}
