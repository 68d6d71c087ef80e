import { expect, test } from 'vitest';
import { welcome } from '../../src/start/index.ts';

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
