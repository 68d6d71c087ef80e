import type { ProfileRules } from '../accounts/index.ts';
import type { Settings } from '../config/index.ts';
import type { CodePolicy } from '../email-challenges/index.ts';
import type { RotationPolicy } from '../keys/index.ts';
import type { FactorPolicies, PasskeyRules } from '../mfa/index.ts';
import { type AttemptLimits, attemptLimits } from '../throttling/index.ts';

/** What the settings say, as the rules want to hear it: for the servers and for the command line alike. */

const hourMs = 60 * 60 * 1000;

export function rotationPolicy({ keyRotationDays, keyAnnouncementHours }: Settings): RotationPolicy {
  return { rotationMs: keyRotationDays * 24 * hourMs, announcementMs: keyAnnouncementHours * hourMs };
}

export function codePolicy(settings: Settings): CodePolicy {
  return {
    minutes: settings.codeMinutes,
    tries: settings.codeTries,
    resendSeconds: settings.codeResendSeconds,
    mailsPerHour: settings.codeMailsPerHour,
  };
}

export function profileRules(settings: Settings): ProfileRules {
  return {
    attributes: settings.accountAttributes,
    required: settings.profileRequired,
    hasUsernames: settings.accountUsernames === 'optional',
  };
}

export function limitsOnAttempts(settings: Settings): AttemptLimits {
  return attemptLimits({
    triesPerIdentifier: settings.attemptsPerIdentifier,
    triesPerAddress: settings.attemptsPerAddress,
    waitSeconds: settings.attemptWaitSeconds,
    longestWaitSeconds: settings.attemptLongestWaitSeconds,
  });
}

export function factorPolicies(settings: Settings): FactorPolicies {
  return {
    everybody: settings.secondFactor,
    roles: { owner: settings.secondFactorOfOwners },
    graceDays: settings.secondFactorGraceDays,
  };
}

export function passkeyRules(settings: Settings): PasskeyRules {
  return {
    rpId: settings.passkeyRpId,
    origins: [settings.issuer, ...settings.passkeyOrigins],
    aaguids: settings.passkeyAaguids,
  };
}
