import { AppError } from '../kernel/index.ts';

interface Challenge {
  code: 'unauthorized' | 'forbidden';
  /** RFC 6750 section 3.1. Undefined when the request carried no token at all. */
  error?: 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication';
  /** The scope that is missing. */
  scope?: string;
  /** RFC 9470 section 3: how to sign in, and how many seconds ago at most. */
  acrValues?: string;
  maxAge?: number;
  cause?: unknown;
}

/** A refusal that tells the caller in WWW-Authenticate how to do better (RFC 6750 section 3). */
export class ChallengeError extends AppError {
  readonly parameters: Readonly<Record<string, string>>;

  constructor(message: string, { code, error, scope, acrValues, maxAge, cause }: Challenge) {
    super(code, message, { cause });
    this.parameters = {
      ...(error === undefined ? {} : { error, error_description: message }),
      ...(scope === undefined ? {} : { scope }),
      ...(acrValues === undefined ? {} : { acr_values: acrValues }),
      ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    };
  }

  /** @param realm the API, by its resource indicator */
  header(realm: string): string {
    const parameters = Object.entries({ realm, ...this.parameters });
    return `Bearer ${parameters.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
  }
}
