import { getDPoPHandle, randomDPoPKeyPair, useJwtResponseMode } from 'openid-client';
import { afterAll, beforeAll, describe } from 'vitest';
import { registerFapi } from './fapi-client.ts';
import { pushedModules } from './fapi-pushed-modules.ts';
import { requestModules } from './fapi-request-modules.ts';
import { tokenModules } from './fapi-token-modules.ts';
import type { FapiVariant } from './fapi-variant.ts';
import { startOp } from './op-under-test.ts';

const prefix = 'fapi2-message-signing-final';

let variant: FapiVariant;
beforeAll(async () => {
  const op = await startOp();
  variant = {
    op,
    params: { response_mode: 'jwt' },
    isSigned: true,
    agent: op.browser(),
    client: await registerFapi(op, 'fapi2-message-signing'),
    other: await registerFapi(op, 'fapi2-message-signing'),
  };
  for (const { config } of [variant.client, variant.other]) useJwtResponseMode(config);
});
afterAll(() => variant.op.close());

describe('FAPI 2.0 Message Signing · private_key_jwt and DPoP', () => {
  requestModules(prefix, () => variant);
  pushedModules(prefix, () => variant);
  tokenModules(
    prefix,
    () => variant,
    async () => {
      const { DPoP: _, ...without } = variant.client;
      return [without, { ...without, DPoP: getDPoPHandle(without.config, await randomDPoPKeyPair()) }];
    },
  );
});
