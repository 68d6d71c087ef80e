import type { PublicApp } from '../app.ts';
import { auditRepository, type CheckpointSigner, extendLog, resealSubjects } from '../audit/index.ts';
import { removeUnusedClients } from '../clients/index.ts';
import type { Settings } from '../config/index.ts';
import { type ChallengeDeps, emailChallenges } from '../email-challenges/index.ts';
import type { KeyRing } from '../keys/index.ts';
import type { Logger } from '../log/index.ts';
import { remindOfFactors, removeOldResets, removeOldTrust } from '../mfa/index.ts';
import { removeOldLinks } from '../one-use-links/index.ts';
import { buildExports, type EraseDeps, eraseDue, removeOldExports } from '../privacy/index.ts';
import { sessionsRepository } from '../sessions/index.ts';
import { attemptsRepository } from '../throttling/index.ts';
import { auditWitness } from './audit-witness.ts';
import { repeat } from './repeat.ts';

const soonMs = 2_000;
const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

interface Deps extends Omit<EraseDeps, 'endSessions'>, ChallengeDeps {
  publicApp: PublicApp;
  keys: KeyRing;
  log: Logger;
}

/**
 * What is due apart from any request, in every process: whoever comes first does it, and nobody else meanwhile.
 * @returns how to stop it
 */
export function doRegularWork(
  deps: Deps,
  { unusedClientDays, sessionIdleDays, retentionEventsDays, auditWitnessFile }: Settings,
): () => void {
  const { publicApp, outbox, log } = deps;
  const witness = auditWitness(auditWitnessFile);
  const stops = [
    { everyMs: soonMs, what: 'telling apps of sign-outs', work: () => publicApp.deliverLogouts() },
    {
      everyMs: soonMs,
      what: 'numbering events',
      work: () => extendLog({ ...deps, signer: () => signerOf(deps.keys), witness }),
    },
    { everyMs: soonMs, what: 'sending mail', work: () => outbox.deliverDue() },
    {
      everyMs: soonMs,
      what: 'erasing accounts',
      work: () => eraseDue({ ...deps, endSessions: id => publicApp.endSessions(id) }),
    },
    { everyMs: soonMs, what: 'making copies for people', work: () => buildExports(deps) },
    { everyMs: hourMs, what: 'removing old copies', work: () => removeOldExports(deps) },
    { everyMs: hourMs, what: 'removing old sign-outs', work: () => publicApp.removeOldLogouts() },
    { everyMs: hourMs, what: 'removing old mail', work: () => outbox.removeOld() },
    { everyMs: hourMs, what: 'removing old links', work: () => removeOldLinks(deps) },
    { everyMs: hourMs, what: 'removing old trust in browsers', work: () => removeOldTrust(deps) },
    { everyMs: hourMs, what: 'forgetting resets of factors', work: () => removeOldResets(deps) },
    { everyMs: hourMs, what: 'reminding of second factors', work: () => remindOfFactors(deps) },
    { everyMs: hourMs, what: 'removing old codes', work: () => emailChallenges(deps).removeOld() },
    {
      everyMs: hourMs,
      what: 'forgetting old sessions',
      work: () => sessionsRepository(deps).removeOld((sessionIdleDays + 1) * dayMs),
    },
    {
      everyMs: hourMs,
      what: 'removing old events',
      work: () => auditRepository(deps).removeOld(retentionEventsDays * dayMs),
    },
    { everyMs: hourMs, what: 'forgetting attempts', work: () => attemptsRepository(deps).removeOld() },
    { everyMs: dayMs, what: 'sealing the keys of events anew', work: () => resealSubjects(deps) },
    { everyMs: hourMs, what: 'removing unused clients', work: () => removeUnused(deps, unusedClientDays) },
  ].map(work => repeat(log, work));
  return () => {
    for (const stop of stops) stop();
  };
}

/** A key of the JWKS, so that anybody can verify what it signed. */
function signerOf(keys: KeyRing): CheckpointSigner {
  const { signing } = keys.current();
  const key = signing.find(({ algorithm }) => algorithm === 'ES256') ?? signing[0];
  if (key === undefined) throw new Error('there is no key to sign with');
  return key;
}

async function removeUnused(deps: Deps, afterDays: number): Promise<void> {
  const count = await removeUnusedClients(deps, afterDays);
  if (count > 0) deps.log.info({ event: 'clients.removed', count }, 'unused clients were removed');
}
