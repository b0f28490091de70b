// The OpenAPI document: the table of routes with the schemas of --json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { program } from '../program.js';
import { type ApiRoute, ROUTES, type Schema } from './api-table.js';

const REFUSALS: Record<number, string> = {
  400: 'a parameter or the body is wrong',
  401: 'the token is missing or wrong',
  403: 'not allowed: from elsewhere, or dashboard was started without the flag for it',
  404: 'there is no such job',
  409: 'the state of a job does not allow it',
  500: 'the database is away, or a bug: what dashboard printed says more',
  503: 'the database is busy',
};

const REFUSALS_OF_BODIES: Record<number, string> = {
  413: 'more than 2 MB were sent',
  415: 'what was sent is not application/json',
};

export function openapiRoute(): Hono {
  const api = new Hono();
  let made: Schema | undefined;
  api.get('/openapi.json', (c) => {
    made ??= openapi();
    return c.json(made);
  });
  return api;
}

export function openapi(): Schema {
  const paths: Record<string, Schema> = {};
  for (const route of ROUTES) paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'queuectl',
      version: program().version,
      description: 'What `queuectl dashboard` answers. The documents are those that the commands print with --json.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: components() },
  };
}

function operation({
  method,
  path,
  summary,
  needs,
  parameters,
  body,
  answer,
  statuses = { 200: 'done' },
}: ApiRoute): Schema {
  const content = answer
    ? { 'application/json': { schema: answer } }
    : { 'text/event-stream': { schema: { type: 'string' } } };
  const error = { 'application/json': { schema: { $ref: '#/components/schemas/error' } } };
  const words = path.replace(/\.json$/, '').match(/[a-z]+/g)!;
  return {
    operationId: [method, ...words].join('_'),
    summary,
    ...(needs && { description: `Only where dashboard was started with ${needs}.` }),
    ...(parameters && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      ...answers(statuses, content),
      ...answers({ ...REFUSALS, ...(method === 'post' && REFUSALS_OF_BODIES) }, error),
    },
  };
}

function answers(statuses: Record<number, string>, content: Schema): Schema {
  const all = Object.entries(statuses).map(([code, description]) => [code, { description, content }]);
  return Object.fromEntries(all);
}

/** Of the files in schemas/ those that routes refer to. */
function components(): Record<string, Schema> {
  const texts = [...JSON.stringify(ROUTES).matchAll(/#\/components\/schemas\/([\w-]+)/g)].map(([, name]) => name!);
  const names = [...new Set([...texts, 'error'])].filter((name) => name !== 'worker').sort();
  const made = Object.fromEntries(names.map((name) => [name, schema(name)]));
  // A list of workers on a terminal tells of their log files, too: those lie on the machine of the workers.
  const { workers } = schema('worker-list').properties as { workers: { items: Schema } };
  return { ...made, worker: workers.items };
}

function schema(name: string): Schema {
  const text = readFileSync(join(program().root, 'schemas', `${name}.json`), 'utf8');
  const { $schema: _dialect, title: _title, ...rest } = JSON.parse(text) as Schema;
  return rest;
}
