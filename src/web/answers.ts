// What the server answers when something cannot be done: the error document of --json, with a status of HTTP.
import type { Context } from 'hono';
import { ExitCode, QueuectlError } from '../errors.js';
import type { Refusal } from './guard.js';

const STATUSES: Record<number, 400 | 403 | 404 | 409 | 503> = {
  [ExitCode.usage]: 400,
  [ExitCode.noSuchJob]: 404,
  [ExitCode.conflict]: 409,
  [ExitCode.busy]: 503,
};

/** Of an error that is ours its own words; of any other only that it was one: the log has the rest. */
export function failed(c: Context, error: unknown, log: (line: string) => void): Response {
  if (error instanceof QueuectlError) {
    const { code, message, suggestions, exitCode } = error;
    return c.json({ error: { code, message, suggestions, exit_code: exitCode } }, STATUSES[exitCode] ?? 500);
  }
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const message = 'this is a bug in queuectl; what queuectl dashboard printed says more';
  return c.json({ error: { code: 'bug', message, suggestions: [], exit_code: ExitCode.failure } }, 500);
}

export function refused({ status, code, message }: Refusal): Response {
  return Response.json({ error: { code, message, suggestions: [], exit_code: ExitCode.usage } }, { status });
}

export function notThere(c: Context): Response {
  const error = { code: 'not_found', message: `there is no ${c.req.path} here`, suggestions: ['/api/v1/openapi.json'] };
  return c.json({ error: { ...error, exit_code: ExitCode.usage } }, 404);
}

export function tooLarge(c: Context): Response {
  const error = { code: 'too_large', message: 'this is more than 2 MB', suggestions: ['several requests'] };
  return c.json({ error: { ...error, exit_code: ExitCode.usage } }, 413);
}

/** What was not switched on when the dashboard was started. */
export function forbidden(c: Context, flag: string): Response {
  const message = `this dashboard only shows; it was started without ${flag}`;
  const error = { code: 'read_only', message, suggestions: [`queuectl dashboard ${flag}`] };
  return c.json({ error: { ...error, exit_code: ExitCode.usage } }, 403);
}
