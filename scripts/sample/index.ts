/**
 * What `npm start` adds in development and browser tests use: a relying party that knows of Gatehouse only what every
 * relying party knows, an API that takes its tokens, and a mailbox that receives mail by SMTP. All on one port.
 */
import { readFileSync } from 'node:fs';
import { Router } from '@koa/router';
import Koa from 'koa';
import { listen } from '../../src/http/index.ts';
import { startMailbox } from './mailbox.ts';
import { notesApi } from './notes-api.ts';
import { problemPage } from './pages.ts';
import { relyingParty } from './relying-party.ts';
import type { RegisteredClient, SampleInput } from './sample-input.ts';

export interface Sample {
  url: string;
  mailboxUrl: string;
  smtpUrl: string;
  /** Its own address stands in its registration, so it is registered after it has one. */
  use(client: RegisteredClient): void;
  close(): Promise<void>;
}

const stylesheet = readFileSync(new URL('sample.css', import.meta.url));

export async function startSample(input: SampleInput): Promise<Sample> {
  let client: RegisteredClient | undefined;
  const mailbox = await startMailbox();
  const app = new Koa();
  const router = new Router();
  const self = { url: '' };

  app.silent = true;
  app.use(async (ctx, next) => {
    ctx.set(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'self'; frame-ancestors 'self'; base-uri 'none'",
    );
    ctx.set('Cache-Control', 'no-store');
    try {
      await next();
    } catch (error) {
      ctx.status = 400;
      ctx.type = 'html';
      ctx.body = problemPage(error);
    }
  });
  router.get('/sample.css', ctx => {
    ctx.type = 'css';
    ctx.body = stylesheet;
  });
  relyingParty(router, { ...input, self, client: () => client });
  notesApi(router, input);
  mailbox.routes(router);
  app.use(router.routes());

  const listener = await listen(app.callback(), {
    port: input.port,
    address: input.address,
    setting: 'SAMPLE_PORT',
  }).catch(async (error: unknown) => {
    await mailbox.close();
    throw error;
  });
  self.url = `http://localhost:${listener.port}`;
  return {
    url: self.url,
    mailboxUrl: `${self.url}/mailbox`,
    smtpUrl: mailbox.smtpUrl,
    use(registered) {
      client = registered;
    },
    async close() {
      await listener.close(1);
      await mailbox.close();
    },
  };
}
