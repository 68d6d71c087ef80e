import { firstParty } from './consent.ts';

/** Our own pages, where they need somebody to be signed in: a client like any other, that is given nothing. */
export const accountClient = 'gatehouse-account';

export const accountClientMetadata = (issuer: string) => ({
  client_id: accountClient,
  client_name: 'Gatehouse',
  token_endpoint_auth_method: 'none',
  grant_types: [],
  response_types: ['none'],
  redirect_uris: [`${issuer}/approve`, `${issuer}/account`],
  [firstParty]: true,
});
