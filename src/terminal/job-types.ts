// What `types` and `types show` show. Plugins say it, so it goes through what keeps control characters from the terminal.
import type { FieldDetails, TypeDetails, TypeSummary } from '../job-types/type-details.js';
import { oneLine } from './sanitize.js';
import type { Screen } from './screen.js';
import { type Cell, table } from './table.js';

const RUNS: Record<TypeDetails['runs'], string> = {
  command: 'as a command',
  isolated: 'isolated, each attempt in a process of its own',
  worker: "in the worker's process",
};

export function typesTable(types: readonly TypeSummary[], screen: Screen): string {
  const columns = [
    { head: 'type' },
    { head: 'plugin' },
    { head: 'version' },
    { head: 'origin' },
    { head: 'description' },
  ];
  const rows = types.map((type) => [
    type.name,
    type.plugin,
    type.version,
    originOf(type),
    { text: type.description, style: 'dim' as const },
  ]);
  return table(columns, rows, screen);
}

/** The folder of a linked plugin is where its author works. */
function originOf({ origin, folder }: TypeSummary): string {
  return origin === 'linked' ? `linked ${folder}` : origin;
}

export function typeDetailsText(type: TypeDetails, screen: Screen): string {
  const facts: [string, string][] = [
    ['type', type.name],
    ['description', type.description],
    ['plugin', `${type.plugin} ${type.version}`],
    ['origin', originOf(type)],
    ['runs', RUNS[type.runs]],
    [
      'defaults',
      Object.entries(type.defaults)
        .map(([name, value]) => `${name}=${json(value)}`)
        .join(' '),
    ],
  ];
  const rows = facts
    .filter(([, text]) => text !== '')
    .map(([name, text]): (Cell | string)[] => [{ text: name, style: 'dim' }, text]);
  return [table([{}, {}], rows, screen), fieldsText(type.fields, screen), oneLine(type.example)].join('\n\n');
}

function fieldsText(fields: readonly FieldDetails[] | null, screen: Screen): string {
  if (fields === null) return 'It does not say which fields its payload has.';
  if (fields.length === 0) return 'Its payload has no fields.';
  const columns = [
    { head: 'field' },
    { head: 'type' },
    { head: 'required' },
    { head: 'default' },
    { head: 'description' },
  ];
  const rows = fields.map((field) => [
    field.name,
    field.enum === null ? (field.type ?? 'any') : field.enum.map(json).join('|'),
    field.required ? 'yes' : '',
    field.default === null ? '' : json(field.default),
    { text: field.description ?? '', style: 'dim' as const },
  ]);
  return table(columns, rows, screen);
}

function json(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
