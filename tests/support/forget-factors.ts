import { runSql } from './services.ts';

/** As if nobody had ever set up a second factor, or tried one; and whatever else a test leaves behind. */
export function forgetFactors({ databaseUrl }: { databaseUrl: string }, more = ''): Promise<unknown> {
  return runSql(
    databaseUrl,
    `DELETE FROM totp_credential; DELETE FROM passkey; DELETE FROM recovery_code; DELETE FROM trusted_browser;
     DELETE FROM factor_reminder; DELETE FROM attempt_bucket; DELETE FROM email_challenge; DELETE FROM outgoing_mail; ${more}`,
  );
}
