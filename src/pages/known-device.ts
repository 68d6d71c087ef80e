import type { Context } from 'koa';
import { keyedDigest, newSecret, sameSecret } from '../kernel/index.ts';
import type { PagesDeps } from './pages-deps.ts';

type Deps = Pick<PagesDeps, 'issuer' | 'cookieKeys'>;

const yearMs = 365 * 24 * 60 * 60 * 1000;

/** A family's computer. */
const mostPeople = 6;

/**
 * A browser in which somebody signed in before keeps tries of its own for them, so that strangers cannot use up the tries
 * of a person by guessing. The cookie proves nothing else: it opens nothing and names nobody.
 * @param person what they enter, normalised
 * @returns the id of the browser; undefined where this person never signed in here
 */
export function knownDevice(deps: Deps, ctx: Context, person: string): string | undefined {
  const { id, proofs } = read(deps, ctx);
  if (id === undefined) return undefined;
  const expected = deps.cookieKeys().map(key => proofOf(key, id, person));
  return proofs.some(proof => expected.some(each => sameSecret(each, proof))) ? id : undefined;
}

/** After a sign-in. */
export function rememberDevice(deps: Deps, ctx: Context, person: string): void {
  const { id = newSecret(16), proofs } = read(deps, ctx);
  const others = proofs.filter(proof => !deps.cookieKeys().some(key => proofOf(key, id, person) === proof));
  const kept = [proofOf(deps.cookieKeys()[0] ?? '', id, person), ...others].slice(0, mostPeople);
  ctx.cookies.set(cookieName(deps.issuer), [id, ...kept].join('.'), {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.secure,
    maxAge: yearMs,
    overwrite: true,
  });
}

function read(deps: Deps, ctx: Context): { id: string | undefined; proofs: string[] } {
  const [id, ...proofs] = (ctx.cookies.get(cookieName(deps.issuer), { signed: false }) ?? '').split('.');
  return id === undefined || id === '' ? { id: undefined, proofs: [] } : { id, proofs };
}

function proofOf(key: string, id: string, person: string): string {
  return keyedDigest(key, 'known-device', `${id} ${person}`).slice(0, 22);
}

/** As the other cookies: of this host alone, and apart from copies on other ports. */
function cookieName(issuer: string): string {
  const { protocol, port } = new URL(issuer);
  if (protocol === 'https:') return '__Host-gatehouse_device';
  return `gatehouse_device${port === '' ? '' : `_${port}`}`;
}
