// JSON Schemas of what `--json` prints, drawn from the types of the program: what each command's run() gives, and the lines of streams.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { schemaOf } from './schema-of.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is printed by more than one command, or line by line. */
const OTHERS = {
  error: { file: 'src/report-error.ts', type: 'ErrorDocument' },
  'follow-line': { file: 'src/queue/follow-line.ts', type: 'FollowLine' },
  'export-line': { file: 'src/queue/moved-line.ts', type: 'Line' },
};

/** @returns {Map<string, object>} by name: `worker-list`, `error` */
export function schemas(commands) {
  const sources = commands.map((command) => ({ name: schemaName(command.id), command, file: sourceOf(command) }));
  const files = [...sources.map(({ file }) => file), ...Object.values(OTHERS).map(({ file }) => join(root, file))];
  const program = ts.createProgram(files, compilerOptions());
  const checker = program.getTypeChecker();
  const made = new Map();
  for (const { name, command, file } of sources) {
    const schema = schemaOf(checker, resultOf(checker, program.getSourceFile(file)));
    if (schema) made.set(name, titled(name, `What queuectl ${command.id.replaceAll(':', ' ')} --json prints.`, schema));
  }
  for (const [name, { file, type }] of Object.entries(OTHERS)) {
    const symbol = exported(checker, program.getSourceFile(join(root, file)), type);
    const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
    made.set(name, titled(name, text, schemaOf(checker, checker.getDeclaredTypeOfSymbol(symbol))));
  }
  return made;
}

export function schemaName(id) {
  return id.replaceAll(':', '-');
}

function titled(name, description, schema) {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: `queuectl ${name}`, description, ...schema };
}

/** `worker:list` is src/commands/worker/list.ts, `queue` may be src/commands/queue/index.ts. */
function sourceOf({ id }) {
  const path = join(root, 'src/commands', ...id.split(':'));
  return [`${path}.ts`, join(path, 'index.ts')].find((file) => existsSync(file));
}

/** What the promise of `run` holds. */
function resultOf(checker, source) {
  const command = checker.getDeclaredTypeOfSymbol(exported(checker, source, 'default'));
  const run = command.getProperty('run');
  const [signature] = checker.getTypeOfSymbol(run).getCallSignatures();
  return checker.getAwaitedType(signature.getReturnType());
}

function exported(checker, source, name) {
  const found = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).find((one) => one.name === name);
  if (!found) throw new Error(`${source.fileName} does not export ${name}`);
  return found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
}

function compilerOptions() {
  const file = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, dirname(file)).options;
}
