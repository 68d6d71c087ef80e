import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { needsVersion, type Operation } from './define-operation.ts';
import { addErrorResponses } from './openapi-errors.ts';
import { problem } from './problem.ts';

export interface DocumentDeps {
  issuer: string;
}

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** OpenAPI 3.1. All of it follows from the operations; nothing is written by hand twice. */
export function openApiDocument(deps: DocumentDeps, operations: readonly Operation[]): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `An access token of ${deps.issuer}, asked for with the parameter \`resource=${deps.issuer}/api\`.`,
  });
  const errorsOf = addErrorResponses(registry, operations);
  for (const operation of operations) registry.registerPath(routeOf(operation, errorsOf(operation)));

  return new OpenApiGeneratorV31([
    { type: 'schema', schema: problem },
    ...registry.definitions,
  ]).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse management API',
      version: '1',
      description:
        'For administrators and their tools. Fields are added without notice; none is ever taken away.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Relative to where the document was read: behind any proxy the right address.
    servers: [{ url: '/' }],
  });
}

function routeOf(operation: Operation, errors: RouteConfig['responses']): RouteConfig {
  const { operationId, method, path, summary, permission, request, responses, sample } = operation;
  const json = (schema: Answer['schema'], example: unknown) => ({
    content: { 'application/json': { schema, example } },
  });
  const etag = operation.isVersioned === true ? { headers: versionHeader } : {};
  const answers = Object.entries(responses).map(([status, { description, schema }]) => [
    status,
    status === '204'
      ? { description }
      : { description, ...etag, ...json(schema, sample.responses[Number(status)]) },
  ]);
  return {
    operationId,
    method,
    path,
    summary,
    description: permission === null ? 'Any valid token will do.' : `Needs the scope \`${permission}\`.`,
    tags: [path.startsWith('/access/') ? 'access' : (path.split('/')[3] ?? '')],
    security: [{ bearer: permission === null ? [] : [permission] }],
    request: {
      ...conditionOf(operation),
      params: request.params,
      query: request.query,
      ...(request.body === undefined ? {} : { body: bodyOf(method, request.body, sample.body) }),
    },
    responses: {
      ...(Object.fromEntries(answers) as RouteConfig['responses']),
      ...(operation.isVersioned === true && method === 'get'
        ? { 304: { description: 'The version that If-None-Match names is the latest.' } }
        : {}),
      ...errors,
    },
  };
}

/** A change of some fields is a merge patch (RFC 7396). */
function bodyOf(method: Operation['method'], schema: Answer['schema'], example: unknown) {
  const type = method === 'patch' ? 'application/merge-patch+json' : 'application/json';
  return { required: true, content: { [type]: { schema, example } } };
}

const versionHeader = {
  ETag: { description: 'The version of the object.', schema: { type: 'string' } },
} as const;

/** What may, or must, be said of the version (RFC 9110 section 13.1). */
function conditionOf(operation: Operation): { headers?: z.ZodObject } {
  const version = z.string().meta({ example: '"1"' });
  if (needsVersion(operation)) {
    const description = 'The ETag of the version that is meant.';
    return { headers: z.object({ 'If-Match': version.meta({ description }) }) };
  }
  if (operation.isVersioned !== true || operation.method !== 'get') return {};
  const description = 'The ETag of the version that is known.';
  return { headers: z.object({ 'If-None-Match': version.optional().meta({ description }) }) };
}

type Answer = Operation['responses'][number];
