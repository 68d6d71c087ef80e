import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareCoreModules } from './core-modules.ts';
import { authorizeWith } from './front-channel-tokens.ts';
import { type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());

const formPost = { response_mode: 'form_post' };

for (const responseType of [
  'code',
  'id_token',
  'id_token token',
  'code id_token',
  'code token',
  'code id_token token',
]) {
  declareCoreModules('Form Post', { responseType, responseMode: 'form_post' }, () => op);
}

describe('OAuth 2.0 Form Post Response Mode', () => {
  test('the page that submits itself has no script in it that a policy would have to allow', async () => {
    const { response } = await authorizeWith(op, 'code', { params: formPost });
    expect(response.mode).toBe('form_post');
    expect(response.page.text).not.toMatch(/<script>|onload=/);
  });

  test('values that look like HTML arrive as they were sent', async () => {
    const state = `"><script>alert(1)</script>&amp;'`;
    const { response } = await authorizeWith(op, 'code', { params: { ...formPost, state } });
    expect(response.page.text).not.toContain('<script>alert');
    expect(response.page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});
