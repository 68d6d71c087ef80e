import { auditRepository } from '../audit/index.ts';
import { type Clock, dateOf } from '../kernel/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import { type Copy, copyVersion } from './copy-schema.ts';

export interface CollectDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  issuer: string;
}

/** More than anybody's; a copy is no place to fall over. */
const mostEvents = 100_000;

/** Everything that is held about somebody, but for what proves or opens something: hashes, codes, tokens, keys. */
export async function collectCopy(deps: CollectDeps, accountId: string): Promise<Copy> {
  const { prisma } = deps.database;
  const account = await prisma.account.findUniqueOrThrow({
    where: { id: accountId },
    include: {
      password: true,
      avatar: true,
      sessions: { orderBy: { signedInAt: 'asc' } },
      consents: true,
      backchannelRequests: true,
      emailChanges: true,
      emailChallenges: true,
      oneUseLinks: true,
      mails: true,
      exports: true,
      documentAcceptances: true,
      preferences: true,
      totp: true,
      passkeys: true,
      recoveryCodes: true,
      trustedBrowsers: true,
      groups: { include: { group: { select: { name: true } } } },
      roleAssignments: { include: { role: { select: { name: true } } } },
    },
  });
  const events = await auditRepository(deps).listOf(accountId, { since: new Date(0), limit: mostEvents });
  return {
    schema_version: copyVersion,
    issuer: deps.issuer,
    created_at: dateOf(deps.clock).toISOString(),
    account: {
      id: account.id,
      status: account.status,
      email: account.email,
      email_verified: account.emailVerified,
      username: account.username,
      created_at: account.createdAt.toISOString(),
      updated_at: account.updatedAt.toISOString(),
      password_changed_at: timeOf(account.password?.changedAt),
      claims: account.claims as Record<string, unknown>,
    },
    picture: account.avatar && {
      media_type: 'image/webp',
      base64: Buffer.from(account.avatar.bytes).toString('base64'),
      created_at: account.avatar.createdAt.toISOString(),
    },
    roles: [
      ...account.groups.map(({ group: { name }, createdAt }) => ({
        kind: 'group' as const,
        name,
        since: createdAt.toISOString(),
        expires_at: null,
      })),
      ...account.roleAssignments.map(({ role: { name }, createdAt, endsAt }) => ({
        kind: 'role' as const,
        name,
        since: createdAt.toISOString(),
        expires_at: timeOf(endsAt),
      })),
    ],
    sessions: account.sessions.map(session => ({
      user_agent: session.userAgent,
      signed_in_at: session.signedInAt.toISOString(),
      last_used_at: session.lastUsedAt.toISOString(),
      ended_at: timeOf(session.endedAt),
    })),
    apps: account.consents.map(({ clientId, content, createdAt, updatedAt }) => ({
      client_id: clientId,
      scopes: scopesOf(content),
      since: createdAt.toISOString(),
      changed_at: updatedAt.toISOString(),
    })),
    requests_of_apps: account.backchannelRequests.map(request => ({
      client_id: request.clientId,
      scope: request.scope,
      message: request.bindingMessage,
      decision: request.decision,
      created_at: request.createdAt.toISOString(),
    })),
    email_changes: account.emailChanges.map(({ email, createdAt, changedAt }) => ({
      email,
      created_at: createdAt.toISOString(),
      changed_at: timeOf(changedAt),
    })),
    codes: account.emailChallenges.map(({ purpose, email, createdAt, usedAt }) => ({
      purpose,
      email,
      created_at: createdAt.toISOString(),
      used_at: timeOf(usedAt),
    })),
    links: account.oneUseLinks.map(({ purpose, about, createdAt, usedAt, expiresAt }) => ({
      purpose,
      email: (about as { email?: string }).email ?? null,
      created_at: createdAt.toISOString(),
      used_at: timeOf(usedAt),
      expires_at: expiresAt.toISOString(),
    })),
    mails: account.mails.map(({ name, status, createdAt }) => ({
      name,
      status,
      created_at: createdAt.toISOString(),
    })),
    documents: account.documentAcceptances.map(({ name, version, locale, acceptedAt }) => ({
      name,
      version,
      locale,
      accepted_at: acceptedAt.toISOString(),
    })),
    factors: factorsIn(account),
    trusted_browsers: account.trustedBrowsers.map(({ userAgent, createdAt, expiresAt }) => ({
      user_agent: userAgent,
      created_at: createdAt.toISOString(),
      expires_at: expiresAt.toISOString(),
    })),
    preferences: account.preferences.map(({ namespace, key, value }) => ({ namespace, key, value })),
    copies: account.exports.map(({ requestedAt, expiresAt }) => ({
      created_at: requestedAt.toISOString(),
      expires_at: expiresAt.toISOString(),
    })),
    activity: events.map(({ type, at, outcome, actorKind, clientId, details, address, userAgent }) => ({
      type,
      at: at.toISOString(),
      outcome,
      by: actorKind,
      client_id: clientId ?? null,
      details,
      address: address ?? null,
      user_agent: userAgent ?? null,
    })),
  };
}

function timeOf(at: Date | null | undefined): string | null {
  return at?.toISOString() ?? null;
}

/** Of a consent as it is stored, which is as the provider's grants are. */
function scopesOf(content: unknown): string[] {
  const { openid, resources } = content as {
    openid?: { scope?: string };
    resources?: Record<string, string>;
  };
  const texts = [openid?.scope, ...Object.values(resources ?? {})];
  return [...new Set(texts.flatMap(text => (text === undefined ? [] : text.split(' '))))];
}

interface FactorRows {
  totp: { createdAt: Date; lastUsedAt: Date | null } | null;
  passkeys: readonly { name: string; createdAt: Date; lastUsedAt: Date | null }[];
  recoveryCodes: readonly { createdAt: Date; usedAt: Date | null }[];
}

function factorsIn({ totp, passkeys, recoveryCodes }: FactorRows): Copy['factors'] {
  const rows = [
    ...(totp === null ? [] : [{ kind: 'totp' as const, name: null, ...totp }]),
    ...passkeys.map(passkey => ({ kind: 'passkey' as const, ...passkey })),
    ...recoveryCodes.map(({ createdAt, usedAt }) => ({
      kind: 'recovery-code' as const,
      name: null,
      createdAt,
      lastUsedAt: usedAt,
    })),
  ];
  return rows.map(({ kind, name, createdAt, lastUsedAt }) => ({
    kind,
    name,
    created_at: createdAt.toISOString(),
    last_used_at: timeOf(lastUsedAt),
  }));
}
