/**
 * What of a failed mail may stand in the log. A server's reply may quote address and subject, and nodemailer's errors
 * about an envelope quote the address, so of those only codes are kept: the step and the number of the reply (RFC 5321
 * section 4.2). Errors of the connection and of TLS quote neither, and their words are what an operator needs.
 */
export function withoutReply(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, command, response, responseCode } = error as SmtpError;
  if (response === undefined && code !== 'EENVELOPE') return error;
  const step = command === undefined || command === 'API' ? 'before it was sent' : `at ${command}`;
  const refused = new Error(`refused ${step}, reply ${responseCode ?? 'none'}`);
  return Object.assign(refused, { name: 'MailRefused', code });
}

interface SmtpError extends Error {
  code?: string;
  /** MAIL FROM, RCPT TO, DATA, AUTH PLAIN …; API for what never reached the server. */
  command?: string;
  response?: string;
  responseCode?: number;
}
