import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccount } from '../../src/accounts/index.ts';
import { selectRows } from '../support/services.ts';
import { nowSeconds, startApi, type TestApi, tool } from './start-api.ts';

const reason = 'Lost the phone; seen in person, with a passport.';

describe('two administrators', () => {
  let api: TestApi;
  let secondId: string;
  beforeAll(async () => {
    api = await startApi({ factorResetApproval: 'two' });
    secondId = await api.database.prisma.$transaction(transaction =>
      createAccount(
        { transaction, clock: { now: () => nowSeconds * 1000 } },
        { email: 'second@lantern.example', isEmailVerified: true, claims: {}, isOwner: true },
      ),
    );
  });
  afterAll(() => api.close());

  const as = (sub: string, scope = 'accounts:write') => api.token({ sub, client_id: tool, scope });
  const send = async (path: string, token: string, body?: unknown) =>
    api.get(path, token, {
      method: 'POST',
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  const order = async (sub: string, account: string, body: unknown = { reason }) =>
    send(`/api/v1/accounts/${account}/factor-resets`, await as(sub), body);
  const approve = async (sub: string, id: string) =>
    send(`/api/v1/factor-resets/${id}/approval`, await as(sub));

  test('one orders, the other approves and gets the link; the owner is told, and both stand in the record', async () => {
    const ordered = await order(api.ownerId, api.memberId);
    expect(ordered.status).toBe(201);
    const { id, link } = (await ordered.json()) as { id: string; link: string | null };
    expect(link).toBeNull();
    const mails = await selectRows<{ name: string }>(api.databaseUrl, 'SELECT name FROM outgoing_mail');
    expect(mails).toEqual([{ name: 'factors-reset-ordered' }]);

    expect((await approve(api.ownerId, id)).status).toBe(403);
    expect((await approve(api.memberId, id)).status).toBe(403);
    const answers = await Promise.all([approve(secondId, id), approve(secondId, id), approve(secondId, id)]);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(2);
    const [approved] = answers.filter(({ status }) => status === 200);
    const { link: given } = (await (approved as Response).json()) as { link: string };
    expect(given).toContain('/reset-factors/');
    const events = await selectRows<{ type: string; sealed: string }>(
      api.databaseUrl,
      "SELECT type, sealed FROM audit_event WHERE type LIKE 'factors.%' ORDER BY at, id",
    );
    expect(events.map(({ type }) => type)).toEqual(['factors.reset-ordered', 'factors.reset-approved']);
    expect(JSON.stringify(events)).not.toContain('passport');
  });

  test('nobody lets themselves in, nor somebody who is not there, nor without a reason', async () => {
    expect((await order(api.ownerId, api.ownerId)).status).toBe(403);
    expect((await order(api.ownerId, '0193a1b2-0000-7000-8000-00000000dead')).status).toBe(404);
    expect((await order(api.ownerId, api.memberId, { reason: 'short' })).status).toBe(422);
    expect((await order(api.ownerId, api.memberId, {})).status).toBe(422);
    const own = await order(api.ownerId, secondId);
    const { id } = (await own.json()) as { id: string };
    expect((await approve(secondId, id)).status).toBe(403);
    expect((await approve(secondId, '0193a1b2-0000-7000-8000-00000000dead')).status).toBe(404);
  });
});

test('where one is enough, the link is in the answer', async () => {
  const api = await startApi();
  const token = await api.token({ sub: api.ownerId, client_id: tool, scope: 'accounts:write' });
  const answer = await api.get(`/api/v1/accounts/${api.memberId}/factor-resets`, token, {
    method: 'POST',
    body: JSON.stringify({ reason }),
    headers: { 'content-type': 'application/json' },
  });
  expect(((await answer.json()) as { link: string }).link).toContain('/reset-factors/');
  await api.close();
});
