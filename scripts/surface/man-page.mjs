// man/queuectl.1: the same reference as a manual page, in the plainest roff.
import { reference, rows } from './reference.mjs';

/** @param about version, and the documents whose tables of exit codes and variables it repeats */
export function manPage(commands, { version, exitCodes, configuration }) {
  const all = commands.map(reference);
  const lines = [
    '.\\" Written by npm run surface.',
    `.TH QUEUECTL 1 "" "queuectl ${version}" "queuectl"`,
    '.SH NAME',
    'queuectl \\- a durable background job queue',
    '.SH SYNOPSIS',
    '.B queuectl',
    '.I COMMAND',
    '[\\fIARGUMENTS\\fR] [\\fIFLAGS\\fR]',
    '.SH DESCRIPTION',
    ...text(
      'queuectl keeps shell commands, and what plugins add, in a durable queue, lets worker processes run them, retries those that fail, and keeps what failed for good in a dead letter queue.',
    ),
    '.SH FLAGS OF EVERY COMMAND',
    ...entry('--db PATH|URL', 'path or URL of the queue'),
    ...entry('--json', 'print one JSON document'),
    ...entry('--help', 'show what a command takes, and examples'),
    '.SH COMMANDS',
    ...all.flatMap(command),
    '.SH EXIT STATUS',
    ...rows(exitCodes, 'code').flatMap(([code, meaning]) => entry(code, meaning)),
    '.PP',
    ...text('wait, enqueue --wait, enqueue --follow and logs --follow --exit-status exit as the job did.'),
    '.SH ENVIRONMENT',
    ...rows(configuration, 'variable').flatMap(([name, meaning]) => entry(name, meaning)),
    '.SH FILES',
    ...entry('~/.local/share/queuectl/queue.db', 'the queue, unless --db or QUEUECTL_DB says otherwise'),
  ];
  return `${lines.join('\n')}\n`;
}

function command({ name, summary, description, synopsis, args, flags, examples }) {
  return [
    `.SS queuectl ${escaped(name)}`,
    ...text(synopsis),
    '.PP',
    ...text(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    ...text(description),
    ...[...args, ...flags].flatMap(({ term, text: said }) => entry(term, said)),
    ...(examples.length > 0 ? ['.PP', 'Examples:', '.PP', '.nf', '.RS', ...examples.flatMap(text), '.RE', '.fi'] : []),
  ];
}

function entry(term, said) {
  return ['.TP', ...text(term).map((line) => `\\fB${line}\\fR`), ...text(said === '' ? ' ' : said)];
}

function text(words) {
  return words === '' ? [] : words.split('\n').map(escaped);
}

/** A backslash, a hyphen that is meant as one, and a line that would be read as a request. */
function escaped(line) {
  return line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replaceAll('−', '\\-')
    .replace(/^[.']/, '\\&$&');
}
