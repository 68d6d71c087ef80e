import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { StartupError } from '../kernel/index.ts';
import type { Definition } from './definition.ts';
import { definitions, type SettingName } from './definitions.ts';
import { isRequirable } from './profile-settings.ts';

type Value<D> = D extends Definition<infer S> ? z.output<S> : never;
type Fallback<D> = D extends { fallback: string } ? Value<D> : Value<D> | undefined;
type Defaulted =
  | 'mode'
  | 'port'
  | 'managementPort'
  | 'operationsPort'
  | 'samplePort'
  | 'bindAddress'
  | 'dataDir'
  | 'databasePoolSize'
  | 'trustedProxies'
  | 'logLevel'
  | 'passwordHashQueue'
  | 'shutdownGraceSeconds'
  | 'mailFrom'
  | 'dangerouslyFetchFrom'
  | 'clientDocumentHosts'
  | 'clientRegistration'
  | 'unusedClientDays'
  | 'accountRegistration'
  | 'accountRegistrationDomains'
  | 'accountClosingDays'
  | 'invitationDays'
  | 'accountUsernames'
  | 'avatarMegabytes'
  | 'administratorStepUp'
  | 'administratorSignInMinutes'
  | 'avatarMegapixels'
  | 'exportDays'
  | 'exportEveryHours'
  | 'retentionEventsDays'
  | 'sessionIdleDays'
  | 'sessionTotalDays'
  | 'sessionsPerAccount'
  | 'attemptsPerIdentifier'
  | 'attemptsPerAddress'
  | 'attemptWaitSeconds'
  | 'attemptLongestWaitSeconds'
  | 'accountAttributes'
  | 'profileRequired'
  | 'passwordPolicy'
  | 'breachedPasswordsOnFailure'
  | 'secondFactor'
  | 'secondFactorOfOwners'
  | 'secondFactorGraceDays'
  | 'trustedBrowserDays'
  | 'signInByMail'
  | 'newDeviceCode'
  | 'factorResetApproval'
  | 'passkeyOrigins'
  | 'passkeyAaguids'
  | 'passkeyRpId'
  | 'codeMinutes'
  | 'codeTries'
  | 'codeResendSeconds'
  | 'codeMailsPerHour'
  | 'refreshTokenIdleDays'
  | 'refreshTokenTotalDays'
  | 'refreshTokenRetrySeconds'
  | 'keyRotationDays'
  | 'keyAnnouncementHours'
  | 'issuer';

export type Settings = Readonly<{
  [Name in SettingName]: Name extends Defaulted
    ? Value<(typeof definitions)[Name]>
    : Fallback<(typeof definitions)[Name]>;
}>;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads all settings once and freezes them.
 * @throws StartupError that lists everything missing or wrong at once, each with what to do
 */
export function loadSettings(environment: Environment): Settings {
  const problems: string[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};

  for (const [name, definition] of entries()) {
    const text = readText(environment, definition, problems) ?? definition.fallback;
    if (text === undefined) continue;
    const result = definition.schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else problems.push(`${definition.env} ${result.error.issues[0]?.message ?? 'is not valid'}.`);
  }

  const isGiven = (name: SettingName) =>
    values[name] !== undefined || problems.some(text => text.startsWith(definitions[name].env));
  if (values.mode === 'production') {
    for (const [name, definition] of entries()) {
      if (definition.isRequiredInProduction === true && !isGiven(name)) {
        problems.push(`${definition.env} is missing. Set it to: ${definition.describe}`);
      }
    }
  }
  const settings = {
    ...values,
    issuer: values.issuer ?? `http://localhost:${String(values.port)}`,
    managementUrl:
      values.managementUrl ??
      (values.mode === 'production' ? undefined : `http://localhost:${String(values.managementPort)}`),
    passkeyRpId: values.passkeyRpId ?? hostOf(values.issuer),
    accountRegistration: values.accountRegistration ?? (values.mode === 'production' ? 'closed' : 'open'),
  } as Settings;
  problems.push(...contradictions(values as Partial<Settings>));

  if (problems.length > 0) {
    throw new StartupError(
      `The settings are not complete or not valid:\n${problems.map(text => `  - ${text}`).join('\n')}`,
    );
  }
  return Object.freeze(settings);
}

function hostOf(issuer: unknown): string {
  return typeof issuer === 'string' ? new URL(issuer).hostname : 'localhost';
}

function entries(): [SettingName, Definition][] {
  return Object.entries(definitions) as unknown as [SettingName, Definition][];
}

function readText(environment: Environment, definition: Definition, problems: string[]): string | undefined {
  const fileVariable = `${definition.env}_FILE`;
  const direct = environment[definition.env];
  const file = environment[fileVariable];
  const hasDirect = direct !== undefined && direct !== '';
  if (file === undefined || file === '') return hasDirect ? direct : undefined;
  if (hasDirect) {
    problems.push(`${definition.env} and ${fileVariable} are both set. Keep one of them.`);
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    // Whoever put the secret itself there by mistake must not find it in a log.
    const named = definition.isSecret === true ? 'a file that' : `${file}, which`;
    problems.push(`${fileVariable} names ${named} cannot be read (${code}).`);
    return undefined;
  }
}

/** Looks only at what was given and is valid by itself; the rest has its line already. */
function contradictions(values: Partial<Settings>): string[] {
  const problems: string[] = [];
  const isProduction = values.mode === 'production';
  if (isProduction && values.issuer?.startsWith('http:') === true) {
    problems.push('ISSUER must start with https:// in production.');
  }
  for (const [name, { env }] of entries()) {
    const value = values[name];
    const isGiven = value !== undefined && !(Array.isArray(value) && value.length === 0);
    if (isProduction && isGiven && env.startsWith('DANGEROUSLY_')) {
      problems.push(`${env} is refused in production. Leave it out.`);
    }
  }
  for (const name of values.profileRequired ?? []) {
    if (!isRequirable(name, values.accountAttributes)) {
      problems.push(`PROFILE_REQUIRED names "${name}", which nobody can say of themselves.`);
    }
  }
  const { passkeyRpId: rpId } = values;
  const hostname = hostOf(values.issuer);
  if (rpId !== undefined && hostname !== rpId && !hostname.endsWith(`.${rpId}`)) {
    problems.push(`PASSKEY_RP_ID must be ${hostname}, the host of ISSUER, or a domain above it.`);
  }
  const hasKinds = (values.passkeyAaguids ?? []).length > 0;
  if (hasKinds !== (values.passkeyAttestationRoots !== undefined)) {
    problems.push('PASSKEY_AAGUIDS and PASSKEY_ATTESTATION_ROOTS belong together. Set both, or none.');
  }
  if (values.mtlsOrigin !== undefined && values.trustedProxies?.length === 0) {
    problems.push('MTLS_ORIGIN needs the proxy that asks for client certificates in TRUSTED_PROXIES.');
  }
  if (values.clientCertificateCa !== undefined && values.mtlsOrigin === undefined) {
    problems.push('CLIENT_CERTIFICATE_CA needs MTLS_ORIGIN, where certificates are asked for.');
  }
  const hasDomains = (values.accountRegistrationDomains?.length ?? 0) > 0;
  if (hasDomains !== (values.accountRegistration === 'domains')) {
    problems.push(
      'ACCOUNT_REGISTRATION=domains and ACCOUNT_REGISTRATION_DOMAINS need each other. Set both or neither.',
    );
  }
  const listeners = [
    'port',
    'managementPort',
    'operationsPort',
    ...(isProduction ? [] : (['samplePort'] as const)),
  ] as const;
  const seen = new Map<number, string>();
  for (const name of listeners) {
    const value = values[name];
    if (value === undefined || value === 0) continue;
    const other = seen.get(value);
    if (other !== undefined) {
      problems.push(
        `${definitions[name].env} and ${other} are both ${value}. Give each listener a port of its own.`,
      );
    }
    seen.set(value, definitions[name].env);
  }
  if (values.port === 0 && (values.issuer === undefined || values.issuer.endsWith(':0'))) {
    problems.push('PORT 0 needs an ISSUER, because nobody could know the address otherwise.');
  }
  return problems;
}
