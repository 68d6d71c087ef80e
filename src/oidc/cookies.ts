/**
 * Over https the session cookie carries the __Host- prefix, so that no sibling host can plant one. On plain http
 * (development) cookies ignore ports, so the port goes into the name and copies side by side keep apart.
 */
export function cookieNames(issuer: string) {
  const { protocol, port } = new URL(issuer);
  if (protocol === 'https:') {
    return {
      session: '__Host-gatehouse_session',
      interaction: '__Secure-gatehouse_interaction',
      resume: '__Secure-gatehouse_resume',
    };
  }
  const suffix = port === '' ? '' : `_${port}`;
  return {
    session: `gatehouse_session${suffix}`,
    interaction: `gatehouse_interaction${suffix}`,
    resume: `gatehouse_resume${suffix}`,
  };
}

/** What check-session.js reads. */
export function browserStateCookie(issuer: string): string {
  const { protocol, port } = new URL(issuer);
  if (protocol === 'https:') return '__Host-gatehouse_browser_state';
  return `gatehouse_browser_state${port === '' ? '' : `_${port}`}`;
}

export function cookieOptions(issuer: string) {
  return {
    httpOnly: true,
    signed: true,
    sameSite: 'lax' as const,
    secure: issuer.startsWith('https:'),
    overwrite: true,
  };
}
