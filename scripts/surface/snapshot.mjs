// The surface in one file that is read as a diff: commands, flags, exit codes, settings, variables.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The tables of the program that are no part of its manifest. */
export async function program(root) {
  const outfile = join(root, '.tmp', `surface-${process.pid}.mjs`);
  const contents = `export { ExitCode } from './src/errors.ts'; export { SETTINGS, settingEnvName } from './src/settings.ts';`;
  const stdin = { contents, resolveDir: root, loader: 'ts' };
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}

export function snapshot(commands, { ExitCode, SETTINGS, settingEnvName }, configuration, described) {
  const settings = Object.entries(SETTINGS).map(([name, setting]) => [
    name,
    { default: setting.default, takes: accepted(setting), variable: settingEnvName(name) },
  ]);
  const variables = new Set(configuration.match(/\b(QUEUECTL|XDG)_[A-Z_]+\b/g));
  for (const [, { variable }] of settings) variables.delete(variable);
  return print({
    commands: Object.fromEntries(commands.map((command) => [command.id.replaceAll(':', ' '), commandFacts(command)])),
    exit_codes: ExitCode,
    settings: Object.fromEntries(settings),
    variables: [...variables].sort(),
    schemas: described,
  });
}

function commandFacts({ aliases, args, flags, strict, enableJsonFlag }) {
  const words = Object.values(args).map(({ name, required, options }) => [name, given({ required, options })]);
  const sorted = Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1));
  const options = sorted
    .filter(([name]) => enableJsonFlag || name !== 'json')
    .map(([name, flag]) => {
      const { type, char, multiple, options, exclusive, dependsOn, allowNo, required, delimiter } = flag;
      const facts = { type, char, multiple, delimiter, options, exclusive, dependsOn, allowNo, required };
      return [name, given({ ...facts, default: flag.default })];
    });
  return given({
    aliases,
    args: Object.fromEntries(words),
    more_args: !strict,
    flags: Object.fromEntries(options),
  });
}

/** What is false or empty says nothing. */
function given(facts) {
  const telling = Object.entries(facts).filter(([, value]) => value && (!Array.isArray(value) || value.length > 0));
  return Object.fromEntries(telling);
}

/** Each setting says what it takes when it refuses something. */
function accepted(setting) {
  try {
    setting.read('?');
  } catch (error) {
    return error.message;
  }
  return 'any text';
}

/** As JSON with a line for each flag, and not for each of its facts. */
function print(value, indent = '') {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return line;
  const nested = Object.values(value).some((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
  if (!nested && indent !== '') return line;
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(([key, one]) => `${inner}${JSON.stringify(key)}: ${print(one, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}${indent === '' ? '\n' : ''}`;
}
