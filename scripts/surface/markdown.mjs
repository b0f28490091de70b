// docs/cli.md: all commands with their arguments, flags and examples.
import { reference } from './reference.mjs';
import { schemaName } from './schemas.mjs';

const HEAD = `# The command line

Written by \`npm run surface\` from the program itself. What scripts may rely on stands in [surface.json](surface.json) and in the
[JSON Schemas](../schemas/); a test compares both with the program, and what is taken away is announced in the [changelog](../CHANGELOG.md).

Every command takes \`--db PATH|URL\`, which queue (else \`QUEUECTL_DB\`, else \`~/.local/share/queuectl/queue.db\`), and \`--help\`. With \`--json\`
standard output is one JSON document, or \`{"error": …}\` ([schema](../schemas/error.json)); \`enqueue --follow\`, \`logs --follow\`
and \`export\` write [one](../schemas/follow-line.json) [a line](../schemas/export-line.json). They end with one of these [exit codes](exit-codes.md).
`;

export function markdown(commands, described) {
  const all = commands.map((command) => ({ ...reference(command), schema: schemaName(command.id) }));
  const list = all.map(
    ({ name, summary }) => `| [${name}](#queuectl-${name.replaceAll(' ', '-')}) | ${cell(summary)} |`,
  );
  const table = ['| command | what it does |', '| --- | --- |', ...list].join('\n');
  return [HEAD, table, '', ...all.map((one) => section(one, described))].join('\n');
}

function section({ name, aliases, summary, description, synopsis, args, flags, examples, schema }, described) {
  const parts = [
    `## queuectl ${name}`,
    `${capital(summary)}.${aliases.length ? ` Also: \`queuectl ${aliases.join('`, `queuectl ')}\`.` : ''}`,
  ];
  parts.push(fenced([synopsis + (flags.length > 0 ? ' [FLAGS]' : '')]));
  if (description) parts.push(description);
  if (args.length > 0) parts.push(table('argument', args));
  if (flags.length > 0) parts.push(table('flag', flags));
  if (examples.length > 0) parts.push('Examples:', fenced(examples));
  if (described.includes(schema)) parts.push(`With \`--json\`: [schema](../schemas/${schema}.json)`);
  return `${parts.join('\n\n')}\n`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fenced(lines) {
  return ['```sh', ...lines, '```'].join('\n');
}

function table(head, entries) {
  const lines = entries.map(({ term, text }) => `| \`${term.replaceAll('|', '\\|')}\` | ${cell(text)} |`);
  return [`| ${head} | |`, '| --- | --- |', ...lines].join('\n');
}

function cell(text) {
  return text.replaceAll('|', '\\|').replace(/[<*]/g, '\\$&').replaceAll('\n', ' ');
}
