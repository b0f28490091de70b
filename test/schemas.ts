// Whatever the tests print with --json is held against the schema of its command, in passing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const root = join(import.meta.dirname, '..');

interface Manifest {
  commands: Record<string, { id: string; aliases: string[]; enableJsonFlag?: boolean }>;
}

const { commands } = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as Manifest;
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
formats.default(ajv);

/** Names of all schemas there are. */
export const SCHEMAS = readdirSync(join(root, 'schemas'))
  .map((file) => file.replace(/\.json$/, ''))
  .sort();

/** @throws Error that says where the output departs from its schema */
export function checkOutput(args: readonly string[], stdout: string): void {
  const end = args.indexOf('--');
  const words = end === -1 ? args : args.slice(0, end);
  const command = commandOf(words);
  if (!command?.enableJsonFlag || !words.some((word) => word === '--json' || word.startsWith('--json='))) return;
  if (words.includes('--help') || stdout === '') return;
  const lines = lineSchema(command.id, words);
  const documents = lines === undefined ? [stdout] : stdout.trimEnd().split('\n');
  for (const text of documents) checkDocument(text, lines ?? command.id.replaceAll(':', '-'));
}

/** @throws Error */
export function checkDocument(text: string, name: string): void {
  const document = JSON.parse(text);
  const schema = document.error === undefined ? name : 'error';
  const validate = compiled(schema);
  if (validate(document)) return;
  const wrong = validate.errors!.map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  );
  throw new Error(`not as schemas/${schema}.json says (npm run surface renews it):\n${wrong.join('\n')}\n${text}`);
}

function compiled(name: string): ValidateFunction {
  const known = ajv.getSchema(name);
  if (known) return known;
  ajv.addSchema(JSON.parse(readFileSync(join(root, 'schemas', `${name}.json`), 'utf8')), name);
  return ajv.getSchema(name)!;
}

function commandOf([first = '', second = '']: readonly string[]) {
  const all = Object.values(commands);
  const named = (id: string) => commands[id] ?? all.find(({ aliases }) => aliases.includes(id));
  return named(`${first}:${second}`) ?? named(first);
}

/** The schema of its lines, where a command writes one document a line. */
function lineSchema(id: string, words: readonly string[]): string | undefined {
  if (id === 'export' && !words.some((word) => /^(--output|-o)/.test(word))) return 'export-line';
  return words.some((word) => word === '--follow' || word === '-f') ? 'follow-line' : undefined;
}
