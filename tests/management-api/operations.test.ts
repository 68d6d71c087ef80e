import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { managementScopes } from '../../src/management-api/index.ts';
import { operations } from '../../src/management-api/operations/index.ts';
import { startPostgres, until } from '../support/services.ts';
import { withSamples } from './sample-operations.ts';
import { issuer, machine, startApi, type TestApi, tool } from './start-api.ts';

const noteId = '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ operations: withSamples });
});
afterAll(() => api.close());

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  const problem = (await response.json()) as Record<string, unknown>;
  expect(problem).toMatchObject({
    type: 'about:blank',
    status: response.status,
    request_id: response.headers.get('X-Request-Id'),
  });
  return problem;
}

function post(body: string, token: string, type = 'application/json'): Promise<Response> {
  return api.get('/api/v1/notes', token, { method: 'POST', body, headers: { 'Content-Type': type } });
}

describe('GET /api/v1/me says who is calling', () => {
  test('a client for itself', async () => {
    const response = await api.get('/api/v1/me', await api.token({ scope: 'accounts:read  keys:rotate' }));
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({
      client_id: machine,
      subject: null,
      account: null,
      scopes: ['accounts:read', 'keys:rotate'],
      // An administrator does not rotate keys.
      permissions: managementScopes
        .filter(each => !['keys:rotate', 'settings:write'].includes(each))
        .toSorted(),
      issuer,
    });
  });

  test('a client on behalf of a person', async () => {
    const response = await api.get(
      '/api/v1/me',
      await api.token({ sub: api.ownerId, client_id: tool, scope: undefined }),
    );
    expect(await response.json()).toEqual({
      client_id: tool,
      subject: api.ownerId,
      account: { id: api.ownerId, email: 'ada@lantern.example', name: 'Ada' },
      scopes: [],
      permissions: managementScopes.toSorted(),
      issuer,
    });
  });

  test('what it answers is what it documents', async () => {
    const schema = operations[0]?.responses[200]?.schema;
    for (const claims of [{}, { sub: api.ownerId, client_id: tool }]) {
      const body = await (await api.get('/api/v1/me', await api.token(claims))).json();
      expect(schema?.parse(body)).toEqual(body);
    }
  });
});

describe('a permission', () => {
  const address = `/api/v1/notes/${noteId}`;

  test('lets in a client with the scope', async () => {
    const response = await api.get(address, await api.token());
    expect(response.status).toBe(200);
  });

  for (const scope of ['accounts:write', 'accounts', 'accounts:*', 'xaccounts:read', undefined]) {
    test(`keeps out a client with the scope ${scope ?? 'left out'} (RFC 6750 section 3.1)`, async () => {
      const response = await api.get(address, await api.token({ scope }));
      expect(response.status).toBe(403);
      const challenge = response.headers.get('WWW-Authenticate');
      expect(challenge).toContain(`Bearer realm="${issuer}/api", error="insufficient_scope", `);
      expect(challenge).toMatch(/, scope="accounts:read"$/);
      expect(await problemOf(response)).toMatchObject({ code: 'forbidden', title: 'Forbidden' });
    });
  }

  test('keeps out a person who is not the owner, whatever scope they consented to', async () => {
    const asOwner = await api.get(address, await api.token({ sub: api.ownerId, client_id: tool }));
    expect(asOwner.status).toBe(200);
    const asMember = await api.get(address, await api.token({ sub: api.memberId, client_id: tool }));
    expect(asMember.status).toBe(403);
    expect(asMember.headers.has('WWW-Authenticate')).toBe(false);
    expect(await problemOf(asMember)).toMatchObject({ code: 'forbidden' });
  });

  test('is asked for before the request is looked at', async () => {
    const token = await api.token({ scope: 'audit:read' });
    expect((await api.get('/api/v1/notes/none?nonsense=1', token)).status).toBe(403);
    expect((await post('{', token)).status).toBe(403);
  });
});

describe('what a request carries', () => {
  test('a query parameter that is not known is an error, never ignored', async () => {
    const response = await api.get('/api/v1/me?fields=id&fields=name&x=1', await api.token());
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({
      title: 'Unprocessable Entity',
      code: 'validation_failed',
      errors: [
        { pointer: '/query/fields', code: 'unknown_field', detail: 'There is no such field.' },
        { pointer: '/query/x', code: 'unknown_field' },
      ],
    });
  });

  test('all that is wrong with path and query is told at once', async () => {
    const response = await api.get('/api/v1/notes/none?limit=many&x=1', await api.token());
    expect(response.status).toBe(422);
    const { errors } = await problemOf(response);
    expect((errors as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/path/id',
      '/query/limit',
      '/query/x',
    ]);
    expect((await api.get(`/api/v1/notes/${noteId}?limit=5`, await api.token())).status).toBe(200);
  });

  test('a name from the prototype is no parameter', async () => {
    const response = await api.get('/api/v1/me?__proto__=1&constructor=1', await api.token());
    expect(response.status).toBe(422);
  });

  test('a body is checked like everything else', async () => {
    const token = await api.token({ scope: 'accounts:write' });
    const good = await post('{"text":"hello"}', token);
    expect(good.status).toBe(201);
    expect(await good.json()).toEqual({ id: noteId, text: 'hello' });

    const wrong = await post('{"text":1,"a/b~c":{"deep":"x"},"more":true}', token);
    expect(wrong.status).toBe(422);
    expect((await problemOf(wrong))['errors']).toMatchObject([
      { pointer: '/body/text', code: 'invalid_type' },
      { pointer: '/body/a~1b~0c/deep', code: 'invalid_type' },
      { pointer: '/body/more', code: 'unknown_field' },
    ]);
    const array = await post('["text"]', token);
    expect((await problemOf(array))['errors']).toMatchObject([{ pointer: '/body' }]);
  });

  const bodies: Record<string, [string, string, number, string]> = {
    'is not JSON': ['{"text":', 'application/json', 400, 'invalid_request'],
    'is a form': ['text=hello', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    'is text': ['{"text":"hello"}', 'text/plain', 415, 'unsupported_media_type'],
    'is too large': [`{"text":"${'x'.repeat(1_100_000)}"}`, 'application/json', 413, 'payload_too_large'],
    'is empty': ['', 'application/json', 422, 'validation_failed'],
  };
  for (const [name, [body, type, status, code]] of Object.entries(bodies)) {
    test(`a body that ${name} is answered with ${status}`, async () => {
      const response = await post(body, await api.token({ scope: 'accounts:write' }), type);
      expect(response.status).toBe(status);
      expect(await problemOf(response)).toMatchObject({ code });
    });
  }
});

describe('what an answer carries', () => {
  test('a field that is not documented does not leave the process', async () => {
    const body = await (await api.get(`/api/v1/notes/${noteId}`, await api.token())).json();
    expect(body).toEqual({ id: noteId, text: 'read' });
  });

  test('an answer that is not as documented is a fault of ours, and is not sent', async () => {
    const response = await api.get('/api/v1/broken', await api.token());
    expect(response.status).toBe(500);
    expect(JSON.stringify(await problemOf(response))).not.toContain('secret text');
    expect(api.logged()).toContain('"event":"request.failed"');
  });

  test('nothing a browser could be led by: no cookies, no CORS, nothing to run', async () => {
    const origin = { Origin: 'https://evil.example' };
    const answers = [
      await api.get('/api/v1/me', await api.token(), { headers: { ...origin, Cookie: 'a=b' } }),
      await api.get('/api/v1/me', undefined, { headers: origin }),
      await api.get('/api/v1/me', undefined, {
        method: 'OPTIONS',
        headers: {
          ...origin,
          'Access-Control-Request-Method': 'GET',
          'Access-Control-Request-Headers': 'authorization',
        },
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200]);
    for (const { headers } of answers) {
      expect([...headers.keys()].filter(name => /^(set-cookie|access-control-.*)$/.test(name))).toEqual([]);
      expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    }
  });
});

describe('addresses', () => {
  for (const path of [
    '/api/v1/nothing',
    '/api/v1/me/',
    '/api/v1/ME',
    '/api/v1',
    '/.env',
    '/api/v1/me/%',
    '/%ff',
  ]) {
    test(`${path} is 404`, async () => {
      const response = await api.get(path, await api.token());
      expect(response.status).toBe(404);
      expect(await problemOf(response)).toMatchObject({ code: 'not_found', title: 'Not Found', errors: [] });
    });
  }

  for (const method of ['POST', 'PUT', 'DELETE', 'PROPFIND']) {
    test(`${method} /api/v1/me is 405 and says what is allowed`, async () => {
      const response = await api.get('/api/v1/me', await api.token(), { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('Allow')?.split(', ').sort()).toEqual(['GET', 'HEAD']);
      expect(await problemOf(response)).toMatchObject({ code: 'method_not_allowed' });
    });
  }

  test('the log and the metrics know them by their pattern', async () => {
    await api.get(`/api/v1/notes/${noteId}`, await api.token());
    expect(api.observed.at(-1)).toEqual({ route: '/api/v1/notes/{id}', status: 200 });
    expect(api.logged()).not.toContain(noteId);
  });
});

test('while the database is away, callers are told to come back, and are let in when it is', async () => {
  const server = await startPostgres();
  const own = await startApi({ place: { url: server.url, drop: () => server.stop() } });
  const token = await own.token();
  expect((await own.get('/api/v1/me', token)).status).toBe(200);
  await server.stop();
  const response = await own.get('/api/v1/me', token);
  expect(response.status).toBe(503);
  expect(response.headers.get('Retry-After')).toBe('2');
  expect(await problemOf(response)).toMatchObject({ code: 'unavailable' });
  expect((await own.get('/api/v1/me', `${token}x`)).status).toBe(401);
  await server.restart();
  const answer = await until('callers are let in', async () => {
    const { status } = await own.get('/api/v1/me', token);
    return status === 503 ? undefined : status;
  });
  expect(answer).toBe(200);
  await own.close();
});
