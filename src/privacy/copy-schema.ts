import { z } from 'zod';

/** Goes up by one where what is there already changes its name or meaning; what is added changes nothing. */
export const copyVersion = 1;

const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });

/** The copy that people get of what is held about them. docs/export.schema.json is generated from this. */
export const copySchema = z
  .object({
    schema_version: z.literal(copyVersion),
    issuer: z.string(),
    created_at: time,
    account: z.object({
      id: z.string(),
      status: z.string(),
      email: z.string(),
      email_verified: z.boolean(),
      username: z.string().nullable(),
      created_at: time,
      updated_at: time,
      password_changed_at: time.nullable(),
      /** OpenID Connect Core 1.0 section 5.1. */
      claims: z.record(z.string(), z.unknown()),
    }),
    picture: z
      .object({ media_type: z.string(), base64: z.string(), created_at: time })
      .nullable()
      .meta({ description: 'What was uploaded, as it was kept' }),
    factors: z
      .array(
        z.object({
          kind: z.enum(['totp', 'passkey', 'recovery-code']),
          name: z.string().nullable(),
          created_at: time,
          last_used_at: time.nullable(),
        }),
      )
      .meta({ description: 'What somebody signs in with beside a password, without what opens something' }),
    trusted_browsers: z.array(z.object({ user_agent: z.string(), created_at: time, expires_at: time })),
    roles: z
      .array(
        z.object({
          kind: z.enum(['role', 'group']),
          name: z.string(),
          since: time,
          expires_at: time.nullable(),
        }),
      )
      .meta({ description: 'The roles that the account has, and the groups it is in' }),
    sessions: z.array(
      z.object({
        user_agent: z.string(),
        signed_in_at: time,
        last_used_at: time,
        ended_at: time.nullable(),
      }),
    ),
    apps: z
      .array(z.object({ client_id: z.string(), scopes: z.array(z.string()), since: time, changed_at: time }))
      .meta({ description: 'What apps were allowed' }),
    requests_of_apps: z.array(
      z.object({
        client_id: z.string(),
        scope: z.string(),
        message: z.string().nullable(),
        decision: z.string().nullable(),
        created_at: time,
      }),
    ),
    email_changes: z.array(z.object({ email: z.string(), created_at: time, changed_at: time.nullable() })),
    codes: z
      .array(z.object({ purpose: z.string(), email: z.string(), created_at: time, used_at: time.nullable() }))
      .meta({ description: 'Codes and links that were mailed, without what opens something' }),
    links: z.array(
      z.object({
        purpose: z.string(),
        email: z.string().nullable(),
        created_at: time,
        used_at: time.nullable(),
        expires_at: time,
      }),
    ),
    mails: z.array(z.object({ name: z.string(), status: z.string(), created_at: time })),
    documents: z
      .array(z.object({ name: z.string(), version: z.string(), locale: z.string(), accepted_at: time }))
      .meta({ description: 'What was agreed to' }),
    preferences: z.array(z.object({ namespace: z.string(), key: z.string(), value: z.unknown() })),
    copies: z
      .array(z.object({ created_at: time, expires_at: time }))
      .meta({ description: 'Copies like this' }),
    activity: z.array(
      z.object({
        type: z.string(),
        at: time,
        outcome: z.enum(['success', 'failure']),
        by: z.string(),
        client_id: z.string().nullable(),
        details: z.record(z.string(), z.string()),
        address: z.string().nullable(),
        user_agent: z.string().nullable(),
      }),
    ),
  })
  .meta({ title: 'Everything that Gatehouse holds about somebody' });

export type Copy = z.output<typeof copySchema>;

/** Where in the copy something is. */
export type CopyPart = Exclude<keyof Copy, 'schema_version' | 'issuer' | 'created_at'>;
