// The words of random command lines: good ones for each flag and argument, and odd ones for any.
import type { Random } from '../random.js';

const THERE = ['1', '2', '3', '5', '6', 'report', 'nightly', 'a.b:c-d', 'dead-one', 'failed-one', 'running-one', '@'];

/** Of jobs that are there, were never there, and forms of selection. */
const IDS = [
  ...THERE,
  ...['4', '7', '9', '10'],
  ...['@', '@~1', '@~99', '@~-1', '@~x', '@@', '1-3', '3-1', '5-', '-5', '1-99999999999999999999', '0', '00', '-'],
  ...['nope', '99', '9007199254740993', 'report,nightly', '1 2'],
];

const DURATIONS = ['5', '90s', '5m', '2h', '7d', '0', '1h30m', '250ms', '30d'];
const NUMBERS = ['0', '1', '3', '10', '500'];
const NAMES = ['default', 'mail', 'images', 'worker-1', 'K-1'];
const WHERE = [
  ...['priority>5', 'priority>5 and created<1h', "state=dead or queue='mail'", 'not priority=0', '(priority>=0)'],
  ...['priority>', 'and', '((((', "queue='", 'priority>5;drop table jobs', 'nope=1', 'priority>NaN', 'created<1x'],
];

/** Files in the folder that the lines are run in, and places where none can be. No line leaves that folder. */
const PATHS = [
  ...['jobs.ndjson', 'good.ndjson', 'garbage.bin', 'empty', 'folder', 'script.sh', 'words.txt', 'new-file', 'new/file'],
  ...['missing/file', '.', './', 'script.sh/', '-'],
];

const JSON_TEXTS = [
  '{"command":"true"}',
  '{"id":"report","command":"true"}',
  '{"command":"true","priority":5,"queue":"mail","delay":"5m"}',
  '{"argv":["echo","\\u001b[31mred"]}',
  '{"command":"x","priority":-1001}',
  '{"command":"x","priority":2147483648}',
  '{"command":"x","max_retries":1.5}',
  '{"command":"x","timeout_sec":1e400}',
  '{"command":"x","priority":NaN}',
  '{"command":"x","run_at":"2026-02-30T00:00:00Z"}',
  '{"command":"x","__proto__":{"a":1}}',
  '{"constructor":1,"command":"x"}',
  '{"command":"x","command":"y"}',
  '{"command":9007199254740993}',
  '{"type":"shell","payload":{"command":"x","stdin":"\\ud800"}}',
  '{"command":null}',
  '{id:job1,command:sleep}',
  '[1,2]',
  'null',
  '{',
];

const ODD = [
  ...[
    '',
    ' ',
    '-',
    '--',
    '---',
    '=',
    '-=',
    '--=x',
    '*',
    '?',
    '~',
    '$HOME',
    '`id`',
    '$(id)',
    ';',
    '|',
    '&',
    '\\',
    "'",
    '"',
  ],
  ...['-1', '1.5', 'NaN', 'Infinity', '-Infinity', '1e3', '0x10', '2147483648', '9007199254740993', '1'.repeat(400)],
  ...['\n', '\t', '\r', '\x01', '\x07', '\x1b[31mred\x1b[0m', '\x1b]0;title\x07', '\x9b31m', '\x7f', '\b\b\b', 'a\nb'],
  ...[
    '\\0',
    '%00',
    '\u2400',
    '\u202egnp.exe',
    '\u200b',
    'é',
    'e\u0301',
    '名前',
    '👩‍👩‍👧',
    '\ufeff',
    '\ufffd',
    'İ',
    'ß',
  ],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'undefined', 'null', 'true', 'false', '{}', '[]'],
  ...[
    '%s%n%d',
    '{0}',
    '<%= config.bin %>',
    "x' OR 1=1 --",
    '2026-02-30',
    '03/04/2026',
    'tomorrow 09:00',
    '1',
    'x'.repeat(200),
  ],
];

/** Good values of a flag or an argument, by its name. */
const GOOD: [RegExp, readonly string[]][] = [
  [/^(id|ids|job|worker|after|parent)$/, IDS],
  [/^where$/, WHERE],
  [/^(payload|field)$/, [...JSON_TEXTS, 'to=x', 'to:=1', 'to:={']],
  [/^(file|path|output|dir|target|each|cwd|source|to|from)$/, PATHS],
  [/^(queue|pool|name|host|type|key|label)$/, [...NAMES, 'shell', 'http']],
  [
    /^state$/,
    ['pending', 'processing', 'completed', 'failed', 'dead', 'cancelled', 'held', 'processed', 'dead,failed'],
  ],
  [/^cause$/, ['exit:3', 'timeout', 'worker_lost', 'exit:', 'signal:SIGKILL']],
  [/^columns$/, ['id', 'id,state', 'state,state', ',', 'id,']],
  [/^signal$/, ['TERM', 'SIGKILL', '9', 'int', 'SIGNOPE', '0']],
  [/^(run-at|since|before|until)$/, ['2026-12-01T10:00:00Z', '+5m', '2h', '2026-12-01', '0001-01-01T00:00:00Z']],
  [/(timeout|delay|expires-in|older-than|keep|within)/, DURATIONS],
  [/^env$/, ['A=1', 'PATH', 'NOT_SET', '=', 'A=', '=x', 'A=\x1b[31m', 'TOKEN=secret']],
  [/^value$/, [...NUMBERS, ...DURATIONS, 'forever', 'info']],
  [/./, [...NUMBERS, ...NAMES]],
];

const SETTINGS = ['max_retries', 'backoff_base', 'keep_completed', 'log_level', 'max_crashes', 'max-retries', 'nope'];

/** @param good not an odd one, though it may not fit */
export function word(random: Random, name: string, command: string, good: boolean): string {
  if (!good && random.chance(0.5)) return oddWord(random);
  if (command.startsWith('config') && name === 'name') return random.pick(SETTINGS)!;
  if (good && /^ids?$/.test(name)) return random.pick(THERE)!;
  if (command === 'enqueue' && name === 'job') return random.pick(JSON_TEXTS)!;
  return random.pick(GOOD.find(([pattern]) => pattern.test(name))![1])!;
}

export function oddWord(random: Random): string {
  if (random.chance(0.02)) return 'x'.repeat(random.between(1000, 130_000));
  if (random.chance(0.1)) return random.pick([...IDS, ...WHERE, ...JSON_TEXTS])!;
  return random.pick(ODD)!;
}

/** What stands after `--`. */
export function commandWords(random: Random): string[] {
  const words = ['true', 'sleep', '2', '--queue', 'z', '-j4', '--', '{}', '{.}', '{#}', '--json'];
  return Array.from({ length: random.between(0, 4) }, () =>
    random.chance(0.3) ? oddWord(random) : random.pick(words)!,
  );
}

const LINES = [...JSON_TEXTS, '1', 'report', '@~1', '', ' ', '\x1b[31m', '{"job":{}}', '{"queuectl":1}'];

/** What comes on standard input; null leaves it open and empty. */
export function input(random: Random, reads: boolean): string | Buffer | null {
  const kind = random.weighted({ nothing: 4, open: 1, good: 2, lines: 3, garbage: 1, huge: 0.2 });
  if (kind === 'good') return '{"command":"true"}\n{"command":"true","priority":3}\n';
  if (kind === 'lines') return Array.from({ length: random.between(1, 6) }, () => random.pick(LINES)!).join('\n');
  if (kind === 'garbage') return Buffer.from(Array.from({ length: 300 }, () => random.between(0, 255)));
  if (kind === 'huge') return `{"command":"${'x'.repeat(2_000_000)}"}`;
  return kind === 'open' && !reads ? null : '';
}
