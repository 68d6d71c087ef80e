import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { startMailbox } from '../../scripts/sample/mailbox.ts';
import { createMailer, type MailLimits } from '../../src/mail/index.ts';
import { freePort } from '../support/services.ts';

const from = 'Gatehouse <no-reply@lantern.example>';
const mail = {
  to: 'ada@lantern.example',
  subject: 'Your link, Ada',
  text: 'https://id.lantern.example/setup/secret',
};

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function mailerTo(url: string | undefined, limits?: MailLimits) {
  const mailer = createMailer({ url, from, ...(limits && { limits }) });
  closers.push(() => Promise.resolve(mailer.close()));
  return mailer;
}

/** All that the log would show of it. */
async function failureOf(sending: Promise<void>): Promise<string> {
  const error: unknown = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return inspect(error);
}

/** A server of ours where no real one behaves so badly: answers each line of the client as told, or never. */
async function startServer(answer: (line: string) => string | undefined): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    const say = (line: string) => {
      const words = answer(line);
      if (words !== undefined) socket.write(`${words}\r\n`);
    };
    say('');
    socket.on('data', chunk => say(chunk.toString().trim()));
  });
  const port = await freePort();
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => server.close(resolve));
  });
  return `smtp://127.0.0.1:${port}`;
}

test('a mail arrives, from whom the settings say, as text and as HTML', async () => {
  const mailbox = await startMailbox();
  closers.push(() => mailbox.close());
  await mailerTo(mailbox.smtpUrl).send({ ...mail, html: '<p>Hello</p>' });
  expect(mailbox.mails).toMatchObject([
    {
      ...mail,
      from: '"Gatehouse" <no-reply@lantern.example>',
      text: mail.text,
      html: '<p>Hello</p>',
    },
  ]);
});

test('an address with a comma or a line break in it reaches nobody else', async () => {
  const mailbox = await startMailbox();
  closers.push(() => mailbox.close());
  const mailer = mailerTo(mailbox.smtpUrl);
  await Promise.allSettled([
    mailer.send({ ...mail, to: 'ada@lantern.example,mallory@evil.example' }),
    mailer.send({ ...mail, to: 'ada@lantern.example\r\nBcc: mallory@evil.example' }),
    mailer.send(mail),
  ]);
  for (const { recipients } of mailbox.mails) expect(recipients).not.toContain('mallory@evil.example');
  expect(mailbox.mails.some(({ recipients }) => recipients.join() === mail.to)).toBe(true);
});

test('without a server nothing is sent, and nothing fails', async () => {
  await expect(mailerTo(undefined).send(mail)).resolves.toBeUndefined();
});

test('a server that never speaks holds nobody longer than the limits say', async () => {
  const url = await startServer(() => undefined);
  const limits = { connectionTimeout: 100, greetingTimeout: 100, socketTimeout: 100 };
  expect(await failureOf(mailerTo(url, limits).send(mail))).toContain('ETIMEDOUT');
});

test('what a server says of a refusal goes no further, the number of the reply does', async () => {
  const url = await startServer(line => {
    if (line === '') return '220 mail.lantern.example';
    if (line.startsWith('RCPT')) return `550 5.1.1 ${line} Your link, Ada: no such person`;
    return line.startsWith('QUIT') ? '221 bye' : '250 ok';
  });
  const failure = await failureOf(mailerTo(url).send(mail));
  expect(failure).toContain('refused at RCPT TO, reply 550');
  expect(failure).not.toMatch(/lantern|Ada/);
});

test('an address that no server would take is a failure without that address', async () => {
  const url = await startServer(line => (line === '' ? '220 mail.lantern.example' : '250 ok'));
  expect(await failureOf(mailerTo(url).send({ ...mail, to: '' }))).toContain('refused before it was sent');
});

test('a server that is away is named with the reason', async () => {
  const mailer = mailerTo(`smtp://127.0.0.1:${await freePort()}`);
  expect(await failureOf(mailer.send(mail))).toContain('ECONNREFUSED');
});
