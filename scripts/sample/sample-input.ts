export interface SampleInput {
  /** 0 for any free one. */
  port: number;
  address: string;
  issuer: string;
  /** Resource indicator of the sample's own API, and the scope it asks for. */
  resource: string;
  apiScope: string;
}

/** Registered metadata, as far as the sample needs it. */
export interface RegisteredClient {
  client_id: string;
  client_secret?: string;
}
