/** Who may make an account. */
export interface RegistrationPolicy {
  mode: 'open' | 'domains' | 'invitation' | 'closed';
  /** Lower case. Where the mode is `domains`, addresses at these and nowhere else. */
  domains: readonly string[];
}

/** To who comes without an invitation. */
export function isRegistrationOffered({ mode }: RegistrationPolicy): boolean {
  return mode === 'open' || mode === 'domains';
}

/** Exactly the domain: whoever owns a subdomain may be somebody else. */
export function mayRegister({ mode, domains }: RegistrationPolicy, email: string): boolean {
  if (mode === 'open') return true;
  const domain = email.normalize('NFKC').trim().toLowerCase().split('@').at(-1) ?? '';
  return mode === 'domains' && domains.includes(domain);
}
