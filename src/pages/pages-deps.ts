import type { Provider } from 'oidc-provider';
import type { ProfileRules } from '../accounts/index.ts';
import type { AvatarStore, EncodeAvatar } from '../avatars/index.ts';
import type { Documents } from '../documents/index.ts';
import type { CodePolicy } from '../email-challenges/index.ts';
import type { GuardedFetch } from '../http/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';
import type { Outbox } from '../mail/index.ts';
import type { FactorPolicies, PasskeyRules } from '../mfa/index.ts';
import type { AuthorizationDetailsTypes, decideBackchannelRequest, EndSessions } from '../oidc/index.ts';
import type { BreachedPasswords, PasswordHasher, PasswordPolicy } from '../passwords/index.ts';
import type { ExportPolicy } from '../privacy/index.ts';
import type { RegistrationPolicy } from '../registration/index.ts';
import type { ArtifactStore, Database, Sealer } from '../store/index.ts';
import type { Templates } from '../templates/index.ts';
import type { AttemptLimits } from '../throttling/index.ts';

export interface PagesDeps {
  /** Pages and provider need each other; the provider is made second. */
  provider: () => Provider;
  templates: Templates;
  database: Database;
  artifacts: ArtifactStore;
  hasher: PasswordHasher;
  outbox: Outbox;
  clock: Clock;
  log: Logger;
  issuer: string;
  sealer: Sealer;
  passwordPolicy: PasswordPolicy;
  breaches: BreachedPasswords;
  /** Where nobody can be asked whether a password is known from a breach. */
  onUnknownBreach: 'allow' | 'refuse';
  /** Who has to have a second factor. */
  factorPolicies: FactorPolicies;
  passkeyRules: PasskeyRules;
  /** Whether a code by mail does in place of a password. */
  signInByMail: boolean;
  /** Whether a right password alone is enough where somebody never signed in before. */
  newDeviceCode: boolean;
  /** For how long a browser may be trusted; 0 for never. */
  trustedBrowserDays: number;
  accountRegistration: RegistrationPolicy;
  attemptLimits: AttemptLimits;
  /** Of codes and links by mail. */
  codes: CodePolicy;
  documents: Documents;
  profileRules: ProfileRules;
  avatars: AvatarStore;
  encodeAvatar: EncodeAvatar;
  /** How large an upload may be. */
  avatarMegabytes: number;
  avatarMegapixels: number;
  exportPolicy: ExportPolicy;
  /** For how many days somebody can take back that they closed their account. */
  accountClosingDays: number;
  /** For what apps put on our pages. */
  fetch: GuardedFetch;
  detailsTypes: AuthorizationDetailsTypes;
  /** What becomes of a request that a client made for somebody who is elsewhere. */
  decide: ReturnType<typeof decideBackchannelRequest>;
  /** Signs an account out everywhere. */
  endSessions: EndSessions;
  /** The keys that authenticate cookies also authenticate forms: the first signs, all verify. */
  cookieKeys: () => readonly string[];
  /** Shows every sample under /gallery. */
  hasGallery: boolean;
}
