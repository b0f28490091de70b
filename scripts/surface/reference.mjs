// The commands of the manifest as a reference tells them, for docs/cli.md and the man page alike.

/** @returns name, synopsis, summary, paragraphs of the description, arguments and flags with what is said of each, examples */
export function reference({ id, aliases, summary, description, usage, args, flags, strict, examples, enableJsonFlag }) {
  const name = id.replaceAll(':', ' ');
  const own = Object.values(flags).filter(({ helpGroup }) => helpGroup !== 'GLOBAL');
  return {
    name,
    aliases,
    summary,
    json: enableJsonFlag,
    description: description ?? '',
    synopsis: `queuectl ${usage ? plain([usage].flat().join(' ')) : [name, ...Object.values(args).map((arg) => spelt(arg, strict))].join(' ')}`,
    args: Object.values(args).map((arg) => ({ term: spelt(arg, strict), text: arg.description ?? '' })),
    flags: own
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((flag) => ({ term: flagTerm(flag), text: flagText(flag) })),
    examples: (examples ?? []).map((example) => plain(typeof example === 'string' ? example : example.command)),
  };
}

function plain(text) {
  return text.replaceAll('<%= config.bin %>', 'queuectl');
}

function spelt({ name, required }, strict) {
  const word = `${name.toUpperCase()}${strict ? '' : '…'}`;
  return required ? word : `[${word}]`;
}

function flagTerm({ name, char, type, allowNo, helpValue, multiple, options }) {
  const value = helpValue ?? (options ? options.join('|') : name.toUpperCase());
  const long = `--${allowNo ? '[no-]' : ''}${name}${type === 'option' ? ` ${value}${multiple && !value.endsWith('…') ? '…' : ''}` : ''}`;
  return char ? `-${char}, ${long}` : long;
}

function flagText({ description = '', default: value, exclusive, dependsOn }) {
  const more = [];
  if (value !== undefined && value !== false && value !== true) more.push(`default: ${value}`);
  if (dependsOn?.length) more.push(`needs ${names(dependsOn)}`);
  if (exclusive?.length) more.push(`not with ${names(exclusive)}`);
  return [description, ...(more.length > 0 ? [`(${more.join('; ')})`] : [])].join(' ');
}

function names(flags) {
  return flags.map((flag) => `--${flag}`).join(', ');
}

/** Rows of the first Markdown table whose head begins with this word, cell by cell, without backticks. */
export function rows(text, head) {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => cells(line)[0] === head);
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map(cells);
}

function cells(line) {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
}
