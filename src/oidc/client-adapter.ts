import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider';
import {
  addSelfRegistered,
  bindingOfClient,
  type ClientMetadata,
  clientsRepository,
  findInitialAccessToken,
  registrationTokens,
  removeSelfRegistered,
  updateSelfRegistered,
} from '../clients/index.ts';
import { type Clock, newSecret } from '../kernel/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import { withoutUnknownTypes } from './authorization-details/rich-requests.ts';
import type { KnownTypes } from './authorization-details/types.ts';
import {
  assertMayRegister,
  grantedByAdministrators,
  grantedByToken,
  type RegistrationMode,
} from './client-registration.ts';
import { guard } from './guard.ts';

export interface ClientAdapterDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  detailsTypes: KnownTypes;
  registration: RegistrationMode;
}

/** Marks a secret of which there is only the digest. Nobody outside this process can know it, so no digest is a secret. */
export const digestPrefix = `${newSecret()}~`;

type PartialAdapter = Partial<Adapter>;

/** The provider's adapters for what is a record of ours and no artifact. */
export function createClientAdapters(deps: ClientAdapterDeps): Readonly<Record<string, PartialAdapter>> {
  return {
    Client: clientAdapter(deps),
    InitialAccessToken: initialAccessTokenAdapter(deps),
    RegistrationAccessToken: registrationAccessTokenAdapter(deps),
  };
}

function clientAdapter(deps: ClientAdapterDeps): PartialAdapter {
  const clients = clientsRepository(deps.database);
  return {
    find: clientId =>
      guard(async () => {
        const stored = await clients.find(clientId);
        if (!stored?.isEnabled) return undefined;
        const { secretHash, sealedSecret } = stored;
        const metadata = withoutUnknownTypes(deps.detailsTypes, stored.metadata);
        if (sealedSecret !== undefined) {
          const client_secret = await deps.sealer.open(sealedSecret, bindingOfClient(clientId));
          return { ...metadata, client_secret };
        }
        return secretHash === undefined
          ? metadata
          : { ...metadata, client_secret: digestPrefix + secretHash };
      }),

    // Reached by registration (RFC 7591) and its management (RFC 7592) only.
    upsert: (clientId, payload) =>
      guard(async () => {
        const { client_secret: secret, ...metadata } = payload as ClientMetadata & { client_secret?: string };
        const stored = await clients.find(clientId);
        const initialAccessToken = Provider.ctx?.oidc.entities.InitialAccessToken?.jti;
        const kept =
          stored === undefined
            ? await grantedByToken(deps, initialAccessToken)
            : grantedByAdministrators(stored.metadata);
        assertMayRegister(metadata, kept);
        const registration = { metadata: { ...metadata, ...kept }, secret };
        if (stored !== undefined) return updateSelfRegistered(deps, registration);
        if (!(await addSelfRegistered(deps, { ...registration, initialAccessToken }))) {
          throw new errors.InvalidToken('the initial access token is used up');
        }
      }),

    destroy: clientId => guard(() => removeSelfRegistered(deps, clientId)),
  };
}

function initialAccessTokenAdapter(deps: ClientAdapterDeps): PartialAdapter {
  return {
    find: token =>
      guard(async () => {
        const found = await findInitialAccessToken(deps, token);
        return found === null || found.used >= found.quota
          ? undefined
          : payloadOf('InitialAccessToken', token, {
              exp: Math.floor(found.expiresAt.getTime() / 1000),
              policies: ['scope'],
            });
      }),
  };
}

function registrationAccessTokenAdapter(deps: ClientAdapterDeps): PartialAdapter {
  const tokens = registrationTokens(deps);
  return {
    find: token =>
      guard(async () => {
        const clientId = await tokens.find(token);
        if (clientId === undefined) return undefined;
        // Where anybody may register the provider knows no policies.
        const policies = deps.registration === 'token' ? { policies: ['scope'] } : {};
        return payloadOf('RegistrationAccessToken', token, { clientId, ...policies });
      }),
    upsert: (token, { clientId }) => guard(() => tokens.set(String(clientId), token)),
    destroy: token => guard(() => tokens.remove(token)),
  };
}

function payloadOf(kind: string, jti: string, rest: Record<string, unknown>): AdapterPayload {
  return { kind, jti, iat: 0, ...rest };
}
