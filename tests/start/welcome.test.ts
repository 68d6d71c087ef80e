import { expect, test } from 'vitest';
import { createLogger } from '../../src/log/index.ts';
import { createMailer } from '../../src/mail/index.ts';
import { welcome } from '../../src/start/index.ts';
import { freePort } from '../support/services.ts';

const none = { close: () => Promise.resolve() };

test('what is printed in production has no link once there is an administrator, and nothing of the demo', () => {
  const issuer = 'https://id.example.com';
  expect(welcome({ issuer, setupUrl: undefined, demo: undefined, ...none })).toBe(
    `\nGatehouse is ready.\n\n  Issuer     ${issuer}\n  Discovery  ${issuer}/.well-known/openid-configuration\n`,
  );
  expect(welcome({ issuer, setupUrl: `${issuer}/setup/x`, demo: undefined, ...none })).toContain(
    `${issuer}/setup/x`,
  );
});

test('a mail server that is away holds up nobody and is logged without the address; without one nothing is sent', async () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: line => void lines.push(line) } });
  const mailer = createMailer({ url: `smtp://127.0.0.1:${await freePort()}`, from: 'a@example.com', log });
  mailer.send({ to: 'ada@example.com', subject: 'secret subject', text: 'secret text' });
  await mailer.close();
  expect(lines.join('')).toContain('mail.failed');
  expect(lines.join('')).not.toMatch(/ada@example|secret/);

  const silent = createMailer({ url: undefined, from: 'a@example.com', log });
  silent.send({ to: 'ada@example.com', subject: 's', text: 't' });
  await silent.close();
  expect(lines).toHaveLength(1);
});
