import { interactionPolicy } from 'oidc-provider';

/** When people are asked. The library knows login and consent; `prompt=select_account` is ours. */
export function createPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  return policy;
}
