// The payload of a job type as flags give it: `-p name=value`, or `-p name:=JSON` for what is no text.
import { BadInput } from './errors.js';
import type { PayloadField, PayloadSchema } from './job/job-type.js';
import { readJson } from './job/json.js';

const TRUTHS: Record<string, boolean> = { true: true, false: false };

/** @param schema of the type, where it has one: then `retries=3` is a number if that field is. @throws BadInput */
export function readFields(flags: readonly string[], schema: PayloadSchema | undefined): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  for (const flag of flags) {
    const [, name, colon, text] = /^([^=:]+)(:?)=(.*)$/s.exec(flag) ?? [];
    if (name === undefined || text === undefined) {
      throw new BadInput(`-p takes NAME=VALUE, not ${JSON.stringify(flag.slice(0, 80))}`, [
        '-p url=http://localhost/',
        '-p retries:=3',
      ]);
    }
    if (Object.hasOwn(payload, name)) throw new BadInput(`-p ${name} is given twice`, ['keep one of them']);
    const field = schema && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const value = colon ? readJson(text) : typed(name, text, field);
    Object.defineProperty(payload, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return payload;
}

function typed(name: string, text: string, field: PayloadField | undefined): unknown {
  const wrong = (wanted: string) =>
    new BadInput(`-p ${name} takes ${wanted}, not ${JSON.stringify(text.slice(0, 80))}`);
  switch (field?.type) {
    case 'number':
    case 'integer':
      if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) throw wrong('a number');
      return Number(text);
    case 'boolean':
      if (!Object.hasOwn(TRUTHS, text)) throw wrong('true or false');
      return TRUTHS[text];
    case 'array':
    case 'object':
      return readJson(text);
    default:
      return text;
  }
}
