import { pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto';
import { verifySync as verifyArgon2 } from '@node-rs/argon2';
import { compareSync as verifyBcrypt } from 'bcryptjs';

/** A kind of hash that an account may bring along from another system. */
interface ForeignHash {
  pattern: RegExp;
  /** Whether what it asks for is within what one sign-in may cost. */
  isBearable(parts: Record<string, string>): boolean;
  verify(hash: string, parts: Record<string, string>, password: string): boolean;
}

/** PHC strings and what came before them, each with the limits of what is worked off. */
const foreignHashes: readonly ForeignHash[] = [
  {
    // PHC string format: argon2i, argon2d and argon2id, RFC 9106.
    pattern: /^\$argon2(?:id|i|d)\$v=\d+\$m=(?<memory>\d+),t=(?<passes>\d+),p=\d+\$[\w+/]+\$[\w+/]+$/,
    isBearable: ({ memory, passes }) => Number(memory) <= 1_048_576 && Number(passes) <= 16,
    verify: (hash, _parts, password) => verifyArgon2(hash, password),
  },
  {
    pattern: /^\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53}$/,
    isBearable: ({ cost }) => Number(cost) <= 16,
    verify: (hash, _parts, password) => verifyBcrypt(password, hash),
  },
  {
    // RFC 7914.
    pattern: /^\$scrypt\$ln=(?<ln>\d+),r=(?<r>\d+),p=(?<p>\d+)\$(?<salt>[\w+/.]+)\$(?<digest>[\w+/.]+)$/,
    isBearable: ({ ln, r, p }) => Number(ln) <= 18 && Number(r) <= 16 && Number(p) <= 8,
    verify(_hash, { ln, r, p, salt = '', digest = '' }, password) {
      const expected = bytesOf(digest);
      const [N, blockSize, parallelization] = [2 ** Number(ln), Number(r), Number(p)];
      const maxmem = 129 * N * blockSize * parallelization + 1024 * 1024;
      const options = { N, r: blockSize, p: parallelization, maxmem };
      return timingSafeEqual(scryptSync(password, bytesOf(salt), expected.length, options), expected);
    },
  },
  {
    // RFC 8018, as PHC strings (i=…) and as passlib writes them.
    pattern:
      /^\$pbkdf2-(?<hash>sha256|sha512)\$(?:i=)?(?<rounds>\d+)(?:,l=\d+)?\$(?<salt>[\w+/.]+)\$(?<digest>[\w+/.]+)$/,
    isBearable: ({ rounds }) => Number(rounds) <= 2_000_000,
    verify(_hash, { hash = '', rounds, salt = '', digest = '' }, password) {
      const expected = bytesOf(digest);
      const made = pbkdf2Sync(password, bytesOf(salt), Number(rounds), expected.length, hash);
      return timingSafeEqual(made, expected);
    },
  },
];

/** Whether a hash of another system can be verified here, at a bearable cost. */
export function isKnownHash(hash: string): boolean {
  const found = find(hash);
  return found !== undefined && found.kind.isBearable(found.parts);
}

/** In a hashing thread. @throws Error for a hash of a kind that is not known */
export function verifyHash(hash: string, password: string): boolean {
  const found = find(hash);
  if (found === undefined) throw new Error('the stored hash is of no kind that is known');
  return found.kind.verify(hash, found.parts, password);
}

function find(hash: string): { kind: ForeignHash; parts: Record<string, string> } | undefined {
  for (const kind of foreignHashes) {
    const match = kind.pattern.exec(hash);
    if (match !== null) return { kind, parts: match.groups ?? {} };
  }
  return undefined;
}

/** passlib writes a dot where base64 has a plus. */
function bytesOf(base64: string): Buffer {
  return Buffer.from(base64.replaceAll('.', '+'), 'base64');
}
