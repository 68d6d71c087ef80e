import { emailKeyOf } from '../accounts/index.ts';
import { type Clock, dateOf, digest, isId, newId, newSecret, sameSecret } from '../kernel/index.ts';
import { type Database, lockName, type Sealer, type Transaction } from '../store/index.ts';
import {
  type ChallengePurpose,
  type ChallengeSecrets,
  type CodePolicy,
  type EmailChallenge,
  minutesOf,
} from './email-challenge.ts';
import { newCode, plainCode } from './new-code.ts';

export interface ChallengeDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  codes: CodePolicy;
}

export interface NewChallenge {
  purpose: ChallengePurpose;
  email: string;
  accountId: string | undefined;
  clientId: string | undefined;
  /** Longer than usual, for who does not wait for it. */
  minutes?: number;
}

/** What to mail; nothing where that address got enough for now. The person is told the same either way. */
export interface StartedChallenge {
  id: string;
  secrets: ChallengeSecrets | undefined;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export type EmailChallenges = ReturnType<typeof emailChallenges>;

/** Codes and links by mail. Whether an account has the address makes no difference to what happens here. */
export function emailChallenges({ database, clock, sealer, codes }: ChallengeDeps) {
  const { pool } = database;
  const now = () => dateOf(clock);
  const expiry = (minutes: number) => new Date(clock.now() + minutes * minuteMs);

  async function newSecrets(id: string) {
    const secrets: ChallengeSecrets = { code: newCode(), token: newSecret() };
    const stored = {
      sealedCode: await sealer.seal(secrets.code, bindingOf(id)),
      tokenHash: digest(secrets.token),
    };
    return { secrets, stored };
  }

  /** Of any number of requests at once for one address, the first ones are within the limit. */
  async function maySendTo(transaction: Transaction, emailKey: string): Promise<boolean> {
    await lockName(transaction, `mail to ${emailKey}`);
    const { _sum } = await transaction.emailChallenge.aggregate({
      where: { emailKey, sentAt: { gt: new Date(clock.now() - hourMs) } },
      _sum: { sends: true },
    });
    return (_sum.sends ?? 0) < codes.mailsPerHour;
  }

  return {
    async start(transaction: Transaction, challenge: NewChallenge): Promise<StartedChallenge> {
      const id = newId();
      const emailKey = emailKeyOf(challenge.email);
      const isWithinLimit = await maySendTo(transaction, emailKey);
      const { secrets, stored } = await newSecrets(id);
      await transaction.emailChallenge.create({
        data: {
          id,
          purpose: challenge.purpose,
          email: challenge.email.trim(),
          emailKey,
          accountId: challenge.accountId ?? null,
          clientId: challenge.clientId ?? null,
          ...stored,
          triesLeft: codes.tries,
          sends: isWithinLimit ? 1 : 0,
          sentAt: now(),
          expiresAt: expiry(challenge.minutes ?? minutesOf(challenge.purpose, codes)),
          createdAt: now(),
        },
      });
      return { id, secrets: isWithinLimit ? secrets : undefined };
    },

    /**
     * Another code and link instead of those before; the tries that are left stay as they are.
     * @returns 'wait' where the last mail is too fresh, undefined where the challenge is over
     */
    async renew(transaction: Transaction, id: string): Promise<StartedChallenge | 'wait' | undefined> {
      const found = await transaction.emailChallenge.findUnique({ where: { id } });
      if (found === null || found.usedAt !== null || found.expiresAt <= now()) return undefined;
      const isWithinLimit = await maySendTo(transaction, found.emailKey);
      const { secrets, stored } = await newSecrets(id);
      const renewed = await transaction.emailChallenge.updateMany({
        where: { id, sentAt: { lte: new Date(clock.now() - codes.resendSeconds * 1000) } },
        data: {
          ...stored,
          sentAt: now(),
          expiresAt: expiry(minutesOf(found.purpose as ChallengePurpose, codes)),
          ...(isWithinLimit ? { sends: { increment: 1 } } : {}),
        },
      });
      if (renewed.count === 0) return 'wait';
      return { id, secrets: isWithinLimit ? secrets : undefined };
    },

    /** Costs a try, right or wrong, before anything is compared: of a hundred at once five are looked at. */
    async prove(id: string, code: string): Promise<boolean> {
      const { rows } = await pool.query<{ sealedCode: string }>({
        name: 'challenge-try',
        text: `UPDATE email_challenge SET tries_left = tries_left - 1
               WHERE id = $1 AND tries_left > 0 AND used_at IS NULL AND expires_at > $2
               RETURNING sealed_code AS "sealedCode"`,
        values: [id, now()],
      });
      const [row] = rows;
      if (row === undefined) return false;
      const expected = await sealer.open(row.sealedCode, bindingOf(id));
      if (!sameSecret(plainCode(code), expected)) return false;
      const { rowCount } = await pool.query({
        name: 'challenge-proven',
        text: 'UPDATE email_challenge SET proven_at = $2 WHERE id = $1 AND used_at IS NULL AND sealed_code = $3',
        values: [id, now(), row.sealedCode],
      });
      return rowCount === 1;
    },

    /** Also one that is over; `undefined` for what there never was, or is no more. */
    async find(id: string): Promise<EmailChallenge | undefined> {
      return isId(id)
        ? toChallenge(await database.prisma.emailChallenge.findUnique({ where: { id } }))
        : undefined;
    },

    /** The one that a link is for, as long as it can be used. */
    async findByToken(purpose: ChallengePurpose, token: string): Promise<EmailChallenge | undefined> {
      return toChallenge(
        await database.prisma.emailChallenge.findFirst({
          where: { purpose, tokenHash: digest(token), usedAt: null, expiresAt: { gt: now() } },
        }),
      );
    },

    /** Of any number that use it at once, one does. Whoever comes without the token must have proven the code. */
    async use(transaction: Transaction, id: string, token: string | undefined): Promise<boolean> {
      const { count } = await transaction.emailChallenge.updateMany({
        where: {
          id,
          usedAt: null,
          expiresAt: { gt: now() },
          ...(token === undefined ? { provenAt: { not: null } } : { tokenHash: digest(token) }),
        },
        data: { usedAt: now() },
      });
      return count === 1;
    },

    /** What is over is kept for the limit on mails, and no longer. */
    async removeOld(): Promise<void> {
      await pool.query({
        text: 'DELETE FROM email_challenge WHERE expires_at < $1',
        values: [new Date(clock.now() - hourMs)],
      });
    },
  };
}

function bindingOf(id: string): string {
  return `email-challenge/${id}`;
}

interface Row {
  id: string;
  purpose: string;
  email: string;
  emailKey: string;
  accountId: string | null;
  clientId: string | null;
  sends: number;
  sentAt: Date;
  usedAt: Date | null;
}

function toChallenge(row: Row | null): EmailChallenge | undefined {
  if (row === null) return undefined;
  const { id, purpose, email, emailKey, accountId, clientId, sends, sentAt, usedAt } = row;
  return {
    id,
    purpose: purpose as ChallengePurpose,
    email,
    emailKey,
    accountId: accountId ?? undefined,
    clientId: clientId ?? undefined,
    sends,
    sentAt,
    isUsed: usedAt !== null,
  };
}
