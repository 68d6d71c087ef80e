import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthenticate } from '../../src/management-api/authenticate.ts';
import type { Operation } from '../../src/management-api/define-operation.ts';
import { operations } from '../../src/management-api/operations/index.ts';
import { createRouter } from '../../src/management-api/router.ts';
import { tempFolder } from '../support/services.ts';
import { withSamples } from './sample-operations.ts';
import { issuer, startApi, type TestApi } from './start-api.ts';

interface Document {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { responses: Record<string, { content: Record<string, { example: { status: number } }> }> };
}

interface DocumentedOperation {
  operationId: string;
  summary: string;
  security: unknown;
  responses: Record<string, { $ref?: string; content?: Record<string, { example: unknown }> }>;
}

async function documentOf(api: TestApi): Promise<Document> {
  const response = await api.get('/api/openapi.json');
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('application/json');
  return (await response.json()) as Document;
}

/** @returns what the linter has to say, and how it ended */
async function lint(document: unknown): Promise<{ code: number | null; output: string }> {
  const folder = tempFolder();
  const file = join(folder, 'openapi.json');
  const config = join(folder, 'redocly.yaml');
  writeFileSync(file, JSON.stringify(document));
  writeFileSync(config, 'extends: [recommended-strict]\n');
  const child = spawn('node_modules/.bin/redocly', ['lint', file, '--config', config, '--format', 'json'], {
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

const listOf = (document: Document): string[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map(method => `${method.toUpperCase()} ${path}`),
  );

describe.each<[string, readonly Operation[]]>([
  ['the operations there are', operations],
  ['operations with all that there can be', withSamples],
])('the document of %s', (_name, served) => {
  let api: TestApi;
  let document: Document;
  beforeAll(async () => {
    api = await startApi({ operations: served });
    document = await documentOf(api);
  });
  afterAll(() => api.close());

  test('lists what the router serves, and nothing else', () => {
    const decide = () => Promise.resolve(false);
    const deps = {
      ...api,
      issuer,
      decide,
      clock: { now: () => 0 },
      factorResetApproval: 'one' as const,
      stepUp: undefined,
    };
    const router = createRouter({ ...deps, authenticate: createAuthenticate(deps) }, served);
    const routes = router.stack.flatMap(({ path, methods }) =>
      methods
        .filter(method => method !== 'HEAD')
        .map(method => `${method} ${String(path).replaceAll(/:(\w+)/g, '{$1}')}`),
    );
    expect(listOf(document).length).toBe(served.length);
    expect(listOf(document).sort()).toEqual(routes.sort());
  });

  test('names no operation that is not there', async () => {
    for (const line of listOf(document)) {
      const [method, path] = line.split(' ');
      const response = await api.get(String(path).replaceAll(/\{\w+\}/g, 'x'), undefined, {
        method: String(method),
      });
      expect(response.status, line).toBe(401);
    }
  });

  test('has all that a reader needs for each operation', () => {
    for (const { operationId, path, method, permission, isVersioned, responses, sample } of served) {
      const documented = document.paths[path]?.[method];
      expect(documented).toMatchObject({
        operationId,
        summary: expect.stringMatching(/^[A-Z].*[^.]$/) as string,
        security: [{ bearer: permission === null ? [] : [permission] }],
      });
      for (const [status, response] of Object.entries(documented?.responses ?? {})) {
        const own = responses[Number(status)];
        if (status === '304') {
          expect([method, isVersioned]).toEqual(['get', true]);
        } else if (own === undefined) {
          const component = document.components.responses[response.$ref?.split('/').at(-1) ?? ''];
          const problem = component?.content['application/problem+json']?.example;
          expect(problem?.status, `${operationId} ${status}`).toBe(Number(status));
        } else if (status === '204') {
          expect(response.content).toBeUndefined();
        } else {
          const example = response.content?.['application/json']?.example;
          expect(example).toEqual(sample.responses[Number(status)]);
          expect(own.schema.parse(example)).toEqual(example);
        }
      }
      expect(Object.keys(documented?.responses ?? {})).toEqual(
        expect.arrayContaining(['401', '422', '500', '503']),
      );
    }
    expect(new Set(served.map(({ operationId }) => operationId)).size).toBe(served.length);
  });

  test('is OpenAPI 3.1 without a fault', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.servers).toEqual([{ url: '/' }]);
    const { code, output } = await lint(document);
    expect(output).toMatch(/"totals": \{\s*"errors": 0,\s*"warnings": 0,/);
    expect(code).toBe(0);
  });
});

test('the linter finds a fault when there is one', async () => {
  const faulty = {
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    paths: { '/x': { get: { responses: {} } } },
  };
  const { code, output } = await lint(faulty);
  expect(code).toBe(1);
  expect(output).toContain('operation-operationId');
});
