import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizeWith, expectComplete } from './front-channel-tokens.ts';
import { type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());

const formPost = { response_mode: 'form_post' };

describe('OAuth 2.0 Form Post Response Mode', () => {
  for (const responseType of [
    'code',
    'id_token',
    'id_token token',
    'code id_token',
    'code token',
    'code id_token token',
  ]) {
    test(`oidcc-server (${responseType}): a form carries the answer, and the address carries nothing`, async () => {
      const { client, response } = await authorizeWith(op, responseType, { params: formPost });
      expect(response.mode).toBe('form_post');
      await expectComplete(op, client, responseType, response);
      expect(response.page.text).not.toMatch(/<script>|onload=/);
    });
  }

  test('values that look like HTML arrive as they were sent', async () => {
    const state = `"><script>alert(1)</script>&amp;'`;
    const { response } = await authorizeWith(op, 'code', { params: { ...formPost, state } });
    expect(response.page.text).not.toContain('<script>alert');
    expect(response.page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  test('an error comes by the form too', async () => {
    const { response } = await authorizeWith(op, 'code', { params: { ...formPost, prompt: 'none' } });
    expect(response.mode).toBe('form_post');
    expect(response.params.get('error')).toBe('login_required');
  });
});
