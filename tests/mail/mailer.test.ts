import { createServer, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { startMailbox } from '../../scripts/sample/mailbox.ts';
import { createLogger } from '../../src/log/index.ts';
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
  let logged = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const log = createLogger({ level: 'info', destination });
  return { mailer: createMailer({ url, from, log, ...(limits && { limits }) }), logged: () => logged };
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

test('a mail arrives, from whom the settings say, and closing waits for it', async () => {
  const mailbox = await startMailbox();
  closers.push(() => mailbox.close());
  const { mailer, logged } = mailerTo(mailbox.smtpUrl);
  mailer.send(mail);
  await mailer.close();
  expect(mailbox.mails).toMatchObject([
    { ...mail, from: '"Gatehouse" <no-reply@lantern.example>', text: `${mail.text}\n` },
  ]);
  expect(logged()).toBe('');
});

test('an address with a comma or a line break in it reaches nobody else', async () => {
  const mailbox = await startMailbox();
  closers.push(() => mailbox.close());
  const { mailer } = mailerTo(mailbox.smtpUrl);
  mailer.send({ ...mail, to: 'ada@lantern.example,mallory@evil.example' });
  mailer.send({ ...mail, to: 'ada@lantern.example\r\nBcc: mallory@evil.example' });
  mailer.send(mail);
  await mailer.close();
  for (const { recipients } of mailbox.mails) expect(recipients).not.toContain('mallory@evil.example');
  expect(mailbox.mails.some(({ recipients }) => recipients.join() === mail.to)).toBe(true);
});

test('without a server nothing is sent, and nothing fails', async () => {
  const { mailer, logged } = mailerTo(undefined);
  mailer.send(mail);
  await mailer.close();
  expect(logged()).toBe('');
});

test('a server that never speaks holds nobody longer than the limits say', async () => {
  const url = await startServer(() => undefined);
  const { mailer, logged } = mailerTo(url, {
    connectionTimeout: 100,
    greetingTimeout: 100,
    socketTimeout: 100,
  });
  mailer.send(mail);
  await mailer.close();
  expect(logged()).toContain('ETIMEDOUT');
});

test('what a server says of a refusal stays out of the log, the number of the reply does not', async () => {
  const url = await startServer(line => {
    if (line === '') return '220 mail.lantern.example';
    if (line.startsWith('RCPT')) return `550 5.1.1 ${line} Your link, Ada: no such person`;
    return line.startsWith('QUIT') ? '221 bye' : '250 ok';
  });
  const { mailer, logged } = mailerTo(url);
  mailer.send(mail);
  await mailer.close();
  expect(logged()).toContain('"event":"mail.failed"');
  expect(logged()).toContain('refused at RCPT TO, reply 550');
  expect(logged()).not.toMatch(/lantern|Ada/);
});

test('an address that no server would take is a failure without that address', async () => {
  const url = await startServer(line => (line === '' ? '220 mail.lantern.example' : '250 ok'));
  const { mailer, logged } = mailerTo(url);
  mailer.send({ ...mail, to: '' });
  await mailer.close();
  expect(logged()).toContain('"event":"mail.failed"');
  expect(logged()).toContain('refused before it was sent');
});

test('a server that is away is named with the reason', async () => {
  const { mailer, logged } = mailerTo(`smtp://127.0.0.1:${await freePort()}`);
  mailer.send(mail);
  await mailer.close();
  expect(logged()).toContain('ECONNREFUSED');
});
