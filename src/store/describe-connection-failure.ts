/** One sentence an operator can act on: where we tried, what was wrong, never the password. */
export function describeConnectionFailure(url: string, error: unknown): string {
  const { hostname, port, pathname, username } = new URL(url);
  const where = `the database "${decodeURIComponent(pathname.slice(1))}" at ${hostname}:${port === '' ? '5432' : port}`;
  const code = (error as { code?: string }).code ?? '';
  const message = error instanceof Error ? error.message : String(error);

  if (code === '28P01' || code === '28000') {
    return `PostgreSQL refused the user "${decodeURIComponent(username)}" for ${where}. Check user and password in DATABASE_URL.`;
  }
  if (code === '3D000')
    return `PostgreSQL answers, but ${where} does not exist. Create it, or correct DATABASE_URL.`;
  if (code === '55P03')
    return `Another process is migrating ${where} and has not finished. Try again when it is done.`;
  if (code === '42501')
    return `The user "${decodeURIComponent(username)}" may not create tables in ${where}. Grant it, or migrate with another user.`;
  const isAway = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|57P03|timeout/.test(
    `${code} ${message}`,
  );
  return isAway
    ? `Cannot reach ${where} (${code === '' ? message : code}). Start PostgreSQL, or correct DATABASE_URL.`
    : `PostgreSQL at ${where} reported: ${message}.`;
}
