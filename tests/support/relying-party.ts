import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { Page, UserAgent } from './user-agent.ts';

export interface Person {
  email: string;
  password: string;
}

export interface Registered {
  client_id: string;
  client_secret?: string;
}

export interface SignInOptions {
  /** Parameters of the authorization request; an empty value leaves one out. */
  params?: Record<string, string>;
  /** Scopes ticked on the consent page; all unless given. */
  ticked?: string[];
}

/** A relying party made of openid-client, and the person in front of it, who answers the pages as they come. */
export class RelyingParty {
  readonly config: Configuration;
  readonly redirectUri: string;

  static async discover(issuer: string, client: Registered, redirectUri: string): Promise<RelyingParty> {
    const authentication =
      client.client_secret === undefined ? None() : ClientSecretBasic(client.client_secret);
    const config = await discovery(new URL(issuer), client.client_id, undefined, authentication, {
      execute: [allowInsecureRequests],
    });
    return new RelyingParty(config, redirectUri);
  }

  constructor(config: Configuration, redirectUri: string) {
    this.config = config;
    this.redirectUri = redirectUri;
  }

  /** Starts a sign-in: the address to open, and how to redeem what comes back. */
  async request(params: Record<string, string> = {}) {
    const verifier = randomPKCECodeVerifier();
    const expected = { state: randomState(), nonce: randomNonce() };
    const url = buildAuthorizationUrl(this.config, {
      redirect_uri: this.redirectUri,
      scope: 'openid profile email',
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...expected,
      ...params,
    });
    for (const [name, value] of Object.entries(params)) if (value === '') url.searchParams.delete(name);
    const redeem = (callback: string) =>
      authorizationCodeGrant(this.config, new URL(callback), {
        pkceCodeVerifier: verifier,
        expectedState: expected.state,
        expectedNonce: expected.nonce,
      });
    return { url: url.href, redeem, verifier };
  }

  /** From the request to the tokens. @returns also the forms that the person had to fill in */
  async signIn(agent: UserAgent, person: Person, { params = {}, ticked }: SignInOptions = {}) {
    const { url, redeem } = await this.request(params);
    const { page, forms } = await answerPages(agent, await agent.open(url), person, ticked);
    return { tokens: await redeem(page.url), forms, callback: page.url };
  }
}

/** Fills in whatever form comes, until there is none of ours. */
export async function answerPages(agent: UserAgent, first: Page, person: Person, ticked?: string[]) {
  const forms: string[] = [];
  let page = first;
  for (;;) {
    const form = /<form id="([^"]+)"/.exec(page.text)?.[1];
    if (form === undefined || forms.length > 6) return { page, forms };
    const all = [...page.text.matchAll(/name="scope" value="([^"]*)"/g)].map(([, value = '']) => value);
    const answers: Record<string, Record<string, string | string[]>> = {
      'identifier-form': { identifier: person.email, action: 'continue' },
      'password-form': { password: person.password, action: 'sign-in' },
      'consent-form': { action: 'allow', scope: ticked ?? all },
      'select-account-form': { action: 'continue' },
    };
    const answer = answers[form];
    if (answer === undefined) return { page, forms };
    forms.push(form);
    page = await agent.submit(page, form, answer);
  }
}
