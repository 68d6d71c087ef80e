import type { Provider } from 'oidc-provider';

/** One trip through our pages, as the provider keeps it. */
export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;
