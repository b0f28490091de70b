// Turns what oclif throws at a mistyped command line into our own one-sentence errors.
import { stripVTControlCharacters } from 'node:util';
import { BadInput, QueuectlError } from './errors.js';
import { nearest } from './job/nearest.js';

/** The parts of oclif's errors that we read. By shape, not by class: plugins bring their own copy of oclif. */
interface OclifError extends Error {
  oclif?: { exit?: number };
  parse?: { input?: { flags?: Record<string, unknown> } };
  flags?: unknown;
  args?: unknown;
}

const PARSING_FLAG = /^Parsing (--\S+) \n\t([\s\S]*)\nSee more help with --help$/;

/** @returns the error to throw instead; the same one when it was no usage error */
export function usageError(thrown: unknown, command: string, hints: string[] = []): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const error = thrown as OclifError;
  const suggestions = [...hints, `queuectl ${command} --help shows what it takes`];

  const flagProblem = PARSING_FLAG.exec(error.message);
  if (flagProblem) return badFlagValue(error, flagProblem[1]!, flagProblem[2]!, suggestions);
  if (error instanceof QueuectlError || !error.oclif || error.oclif.exit === 0) return error;
  if (!error.parse) return error.oclif.exit === 2 ? new BadInput(plain(error.message), hints) : error;
  if (Array.isArray(error.flags)) return unknownFlags(error.flags.map(String), error, suggestions);
  if (Array.isArray(error.args) && error.args.length > 0) return wrongArgs(error.args, suggestions);
  return new BadInput(plain(error.message), suggestions);
}

/** oclif rewrites the message of whatever a flag's own parser threw. */
function badFlagValue(error: Error, flag: string, said: string, suggestions: string[]): QueuectlError {
  const more = error instanceof QueuectlError ? error.suggestions : suggestions;
  return new BadInput(`${flag}: ${plain(said)}`, more);
}

function unknownFlags(flags: string[], error: OclifError, suggestions: string[]): QueuectlError {
  const known = Object.keys(error.parse?.input?.flags ?? {}).map((name) => `--${name}`);
  const meant = flags.map((flag) => nearest(flag.split('=')[0]!, known)).find(Boolean);
  const message = `unknown flag${flags.length > 1 ? 's' : ''}: ${flags.join(' ')}`;
  return new BadInput(message, meant ? [`did you mean ${meant}?`, ...suggestions] : suggestions);
}

/** Unexpected arguments arrive as strings, missing ones as their definitions. */
function wrongArgs(args: unknown[], suggestions: string[]): QueuectlError {
  const missing = args.filter((arg): arg is { name: string } => typeof arg === 'object' && arg !== null);
  if (missing.length === 0) return unexpectedArgs(args.map(String), suggestions);
  return new BadInput(`missing: ${missing.map((arg) => arg.name.toUpperCase()).join(' ')}`, suggestions);
}

export function unexpectedArgs(args: string[], suggestions: string[]): QueuectlError {
  return new BadInput(`unexpected argument${args.length > 1 ? 's' : ''}: ${args.join(' ')}`, suggestions);
}

function plain(message: string): string {
  const text = stripVTControlCharacters(message).replace(/\nSee more help with --help$/, '');
  const reasons = text.replace(/^The following errors? occurred:\s*/, '').split('\n');
  return reasons.map((line) => line.trim()).join('; ');
}
