// What can be told of job types: where they come from and, once the handler is loaded, how it runs and what it takes.
import { isCommand, type JobDefaults, type JobHandler, type PayloadField } from '../job/job-type.js';
import type { KnownType } from './registry.js';
import { quoteWord } from './shell.js';

export interface TypeSummary {
  name: string;
  description: string;
  plugin: string;
  version: string;
  origin: 'core' | 'installed' | 'linked';
  /** The plugin's folder; null for our own types. */
  folder: string | null;
}

/** A field as the document has it: what the plugin left out is null. */
export interface FieldDetails {
  name: string;
  type: string | null;
  required: boolean;
  default: unknown;
  enum: readonly unknown[] | null;
  description: string | null;
}

export interface TypeDetails extends TypeSummary {
  /** As a command of its own, in a process of its own for each attempt, or in the worker's process. */
  runs: 'command' | 'isolated' | 'worker';
  defaults: JobDefaults;
  /** Null when the handler does not say. */
  fields: FieldDetails[] | null;
  example: string;
}

const ORIGINS: Record<string, TypeSummary['origin']> = { user: 'installed', link: 'linked' };

/** @param ownVersion of this program, for its own types */
export function typeSummary({ name, description, origin }: KnownType, ownVersion: string): TypeSummary {
  const { plugin, version, root, kind } = origin;
  return {
    name,
    description,
    plugin,
    version: version || ownVersion,
    origin: ORIGINS[kind] ?? 'core',
    folder: root || null,
  };
}

export function typeDetails(summary: TypeSummary, handler: JobHandler): TypeDetails {
  const fields = fieldsOf(handler);
  return {
    ...summary,
    runs: isCommand(handler) ? 'command' : handler.isolated ? 'isolated' : 'worker',
    defaults: handler.defaults ?? {},
    fields,
    example: ['queuectl enqueue --type', summary.name, ...exampleFields(fields ?? [])].join(' '),
  };
}

/** Nobody has checked the schema of a plugin: what is no field is left out. */
function fieldsOf({ schema }: JobHandler): FieldDetails[] | null {
  const { properties, required } = Object(schema) as Partial<NonNullable<JobHandler['schema']>>;
  if (typeof properties !== 'object' || properties === null) return null;
  const needed = new Set(Array.isArray(required) ? required : []);
  return Object.entries(properties).map(([name, field]) => {
    const { type, default: value, enum: choices, description } = Object(field) as PayloadField;
    return {
      name,
      type: typeof type === 'string' ? type : null,
      required: needed.has(name),
      default: value ?? null,
      enum: Array.isArray(choices) ? choices : null,
      description: typeof description === 'string' ? description : null,
    };
  });
}

/** The fields that are required; else the first, to show how a field is given. */
function exampleFields(fields: readonly FieldDetails[]): string[] {
  const required = fields.filter((field) => field.required);
  const shown = required.length > 0 ? required : fields.slice(0, 1);
  return shown.map((field) => `-p ${quoteWord(`${field.name}=${exampleValue(field)}`)}`);
}

function exampleValue({ name, type, default: value, enum: choices }: FieldDetails): string {
  const known = value ?? choices?.[0];
  if (known !== undefined && known !== null) return typeof known === 'string' ? known : JSON.stringify(known);
  const ofType: Record<string, string> = { number: '1', integer: '1', boolean: 'true', array: '[]', object: '{}' };
  return ofType[type ?? ''] ?? name.toUpperCase();
}
