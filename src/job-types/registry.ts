// The job types that this program knows: the built-in one, and those that plugins brought. Handlers are loaded when needed.
import { BadInput, PluginFault } from '../errors.js';
import { JOB_TYPE_API, type JobHandler, type JobType } from '../job/job-type.js';
import { nearest } from '../job/nearest.js';
import { masked } from '../job/secret.js';
import { inTime } from './in-time.js';
import { asPluginCode } from './plugin-code.js';
import { messageOf, shown } from './plugin-words.js';
import { shell } from './shell.js';

/** Where a type comes from. */
export interface TypeOrigin {
  plugin: string;
  version: string;
  /** The folder of its package.json. */
  root: string;
  /** `core` is our own; the others are oclif's words: `user` was installed, `link` was linked. */
  kind: string;
}

export interface KnownType {
  name: string;
  description: string;
  origin: TypeOrigin;
}

/** A descriptor as a plugin's hook returned it: not checked yet. */
export interface FoundType {
  type: JobType;
  origin: TypeOrigin;
}

interface Entry extends KnownType {
  type: JobType;
  loading?: Promise<JobHandler>;
  handler?: JobHandler;
}

/** For the handler's module, which may be a large one. */
const LOAD_PATIENCE_MS = 30_000;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
const CORE: TypeOrigin = { plugin: 'queuectl', version: '', root: '', kind: 'core' };
const entries = new Map<string, Entry>();
const builtIn: Entry = {
  name: 'shell',
  description: 'a command, or a script',
  origin: CORE,
  type: shellType(),
  handler: shell,
};
entries.set(builtIn.name, builtIn);

function shellType(): JobType {
  return { name: 'shell', load: async () => shell };
}

/**
 * In the order of the plugins' names; the first type of a name stays, unless its plugin has gone. The same plugins may be
 * asked again: what they brought before stays as it is, without a word.
 * @param roots of all plugins that are there. @returns what is wrong with those left out
 */
export function addTypes(found: readonly FoundType[], roots: readonly string[]): string[] {
  const warnings: string[] = [];
  const seen = new Set<string>();
  for (const { type, origin } of [...found].sort((a, b) => byText(a.origin.plugin, b.origin.plugin))) {
    try {
      const problem = problemOf(type, origin, roots, seen);
      if (problem) warnings.push(`plugin ${origin.plugin}: ${problem}`);
      else add(type, origin, seen);
    } catch (error) {
      warnings.push(`plugin ${origin.plugin}: a job type of it cannot be read: ${messageOf(error)}`);
    }
  }
  return warnings;
}

function add(type: JobType, origin: TypeOrigin, seen: Set<string>): void {
  const { name, description } = type;
  seen.add(name);
  if (entries.get(name)?.origin.root === origin.root) return;
  entries.set(name, { name, description: typeof description === 'string' ? description : '', origin, type });
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @param seen names of the types that came before it */
function problemOf(
  type: JobType,
  { root }: TypeOrigin,
  roots: readonly string[],
  seen: ReadonlySet<string>,
): string | undefined {
  if (typeof type !== 'object' || type === null)
    return `what its hook returned holds ${shown(type)}, which is no job type`;
  const { name, api = JOB_TYPE_API, load } = type;
  if (typeof name !== 'string' || !NAME.test(name)) return `not a usable name of a job type: ${shown(name)}`;
  if (api !== JOB_TYPE_API) {
    return `its job type "${name}" was written for API ${shown(api)}, and this queuectl has API ${JOB_TYPE_API}`;
  }
  if (typeof load !== 'function') return `its job type "${name}" has no load()`;
  const other = entries.get(name)?.origin;
  const stays = other && (other.kind === 'core' || (other.root !== root && roots.includes(other.root)));
  if (stays) return `its job type "${name}" is left out: ${other.plugin} has one of that name`;
  return seen.has(name) ? `its second job type "${name}" is left out: it has two of that name` : undefined;
}

export function knownTypes(): KnownType[] {
  return [...entries.values()].map(({ name, description, origin }) => ({ name, description, origin }));
}

/** @throws BadInput */
export function knownType(name: string): KnownType {
  const entry = entries.get(name);
  if (!entry) throw unknownType(name);
  return entry;
}

export function isKnownType(name: string): boolean {
  return entries.has(name);
}

/** Undefined when it is not known, or not loaded yet. */
export function handlerOf(name: string): JobHandler | undefined {
  return entries.get(name)?.handler;
}

/** @throws BadInput */
export function originOf(name: string): TypeOrigin {
  return knownType(name).origin;
}

/** @throws BadInput for a type that is not known, PluginFault when it cannot be loaded */
export async function loadHandler(name: string): Promise<JobHandler> {
  const entry = entries.get(name);
  if (!entry) throw unknownType(name);
  if (entry.handler) return entry.handler;
  const load = () => asPluginCode(entry.origin.plugin, () => loading(entry));
  entry.loading ??= inTime(load(), LOAD_PATIENCE_MS, 'load()');
  try {
    entry.handler = await entry.loading;
    return entry.handler;
  } catch (error) {
    entry.loading = undefined;
    throw error instanceof PluginFault
      ? error
      : new PluginFault(entry.origin.plugin, `cannot load its job type "${name}": ${messageOf(error)}`, error);
  }
}

async function loading(entry: Entry): Promise<JobHandler> {
  return checked(await entry.type.load(), entry);
}

function unknownType(name: string): BadInput {
  const names = [...entries.keys()];
  const meant = nearest(name, names);
  return new BadInput(`no such job type: ${name}`, [
    meant ? `did you mean "${meant}"?` : `known types: ${names.join(', ')}`,
    'queuectl plugins install PLUGIN adds more',
  ]);
}

function checked(loaded: JobHandler | { default: JobHandler }, { name, origin }: Entry): JobHandler {
  const handler = loaded && 'default' in loaded ? loaded.default : loaded;
  const fault = (what: string) => new PluginFault(origin.plugin, `the handler of its job type "${name}" ${what}`);
  if (typeof handler !== 'object' || handler === null) throw fault('is no object');
  const has = (key: string) => typeof (handler as unknown as Record<string, unknown>)[key] === 'function';
  if (!has('parse')) throw fault('has no parse()');
  if (has('run') === has('command')) throw fault('needs either run() or command()');
  return handler;
}

/** One line for lists. A type whose handler is not loaded, and one that cannot tell, is shown by its payload. */
export function describePayload(name: string, payload: unknown): string {
  const { handler, origin } = entries.get(name) ?? {};
  const describe = () => handler?.describe?.(payload);
  try {
    const said = !origin || origin.kind === 'core' ? describe() : asPluginCode(origin.plugin, describe);
    if (typeof said === 'string') return said;
  } catch {
    // a payload of an older version of its type
  }
  return JSON.stringify(payload, (name, value) => (typeof value === 'string' ? masked(name, value) : value));
}
