import type { Database } from '../store/index.ts';
import type {
  AuthorizationDetailsType,
  ClientMetadata,
  ResourceServer,
  StoredClient,
} from './client-record.ts';

interface ClientRow {
  metadata: ClientMetadata;
  secretHash: string | null;
  sealedSecret: string | null;
  isEnabled: boolean;
  version: number;
}

export function clientsRepository({ pool }: Pick<Database, 'pool'>) {
  return {
    async find(clientId: string): Promise<StoredClient | undefined> {
      const { rows } = await pool.query<ClientRow>({
        name: 'client-by-id',
        text: `SELECT metadata, secret_hash AS "secretHash", sealed_secret AS "sealedSecret", is_enabled AS "isEnabled", version FROM client WHERE id = $1`,
        values: [clientId],
      });
      const row = rows[0];
      if (row === undefined) return undefined;
      return {
        ...row,
        secretHash: row.secretHash ?? undefined,
        sealedSecret: row.sealedSecret ?? undefined,
      };
    },

    /** The cheap question: has it changed since we last read it? */
    async findVersion(clientId: string): Promise<number | undefined> {
      const { rows } = await pool.query<{ version: number }>({
        name: 'client-version',
        text: 'SELECT version FROM client WHERE id = $1 AND is_enabled',
        values: [clientId],
      });
      return rows[0]?.version;
    },
  };
}

export function resourceServersRepository({ pool }: Pick<Database, 'pool'>) {
  return {
    async find(identifier: string): Promise<ResourceServer | undefined> {
      const { rows } = await pool.query<ResourceServer>({
        name: 'resource-server-by-identifier',
        text: `SELECT identifier, name, scopes, access_token_format AS "accessTokenFormat",
                 access_token_signing_alg AS "accessTokenSigningAlg",
                 access_token_lifetime_seconds AS "accessTokenLifetimeSeconds", token_claims AS "tokenClaims"
               FROM resource_server WHERE identifier = $1`,
        values: [identifier],
      });
      return rows[0];
    },
  };
}

export function authorizationDetailsTypesRepository({ pool }: Pick<Database, 'pool'>) {
  return {
    /** By name. */
    async list(): Promise<AuthorizationDetailsType[]> {
      const { rows } = await pool.query<AuthorizationDetailsType>({
        name: 'authorization-details-types',
        text: `SELECT type, resource_server_identifier AS "resourceServer", name, schema
               FROM authorization_details_type ORDER BY type`,
      });
      return rows;
    },
  };
}
