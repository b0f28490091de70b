// Adds many jobs for the command: a line of JSON each, or a command for each line.
import { createReadStream } from 'node:fs';
import { aPersonReads, caller } from './enqueue-one.js';
import { type EnqueueFlags, readRequest } from './enqueue-request.js';
import { BadInput, ExitCode } from './errors.js';
import { LARGEST_PAYLOAD } from './job/json.js';
import { fillText, fillWords } from './job/placeholders.js';
import { describePayload } from './job-types/registry.js';
import type { EnvMode } from './process/caller.js';
import { BatchFile } from './queue/batch-file.js';
import { noteOrigin } from './queue/enqueue.js';
import { type GivenLine, type Looked, look, type Many, storeMany } from './queue/enqueue-many.js';
import type { Queue } from './queue/queue.js';
import { unservedNote } from './queue/served.js';
import { splitLines, utf8 } from './read-lines.js';
import { type Stay, stayWithAll } from './stay.js';
import { manyLine, problemLines } from './terminal/many-notes.js';
import { oneLine } from './terminal/sanitize.js';
import type { ManyFlags } from './work-flags.js';
import { writeTexts } from './write-lines.js';

export interface ManyTyped {
  /** After `--`; with --each. */
  words: string[] | undefined;
  /** The payload, where flags name its fields. */
  fields: object | undefined;
  flags: EnqueueFlags & ManyFlags & { 'env-mode'?: EnvMode };
  stay: Stay | undefined;
  json: boolean;
  know(type: string): Promise<void>;
}

interface Told {
  /** How many lines were no jobs. */
  refused: number;
  /** What is wrong with the first of them. */
  problems: string[];
}

export interface ManyEnqueued extends Told, Partial<Awaited<ReturnType<typeof stayWithAll>>> {
  enqueued: number;
  /** Jobs that were there already. */
  existing: number;
  replaced: number;
  batch: number | null;
  /** In the order of the lines; those that follow each other as a range, such as 3-7. */
  ids: string[];
}

/** With `--dry-run`: nothing was stored. */
export interface ManyLooked extends Told {
  dry_run: true;
  enqueued: 0;
  jobs: { id: string | null; queue: string; type: string; command: string }[];
}

/** @returns the document to print. Sets the process's exit code. @throws BadInput, Conflict; nothing is stored then */
export async function enqueueMany(queue: Queue, typed: ManyTyped): Promise<ManyEnqueued | ManyLooked | undefined> {
  const { flags, json, know } = typed;
  const context = caller(flags['env-mode']);
  const file = new BatchFile(context);
  try {
    const { partial } = flags;
    let looked: Looked | undefined;
    let many: Many | undefined;
    await withProgress(typed, async (say) => {
      const onProgress = (lines: number) => say(`looking at the jobs: ${lines} lines`);
      looked = await look(queue.database, givenLines(typed), file, { caller: context, partial, know, onProgress });
      if (flags['dry-run']) return `${file.jobs} jobs would be enqueued`;
      for (const type of new Set(looked.lanes.map((lane) => lane.type))) await noteOrigin(queue.database, type);
      many = await storeMany(queue.database, file, (jobs, of) => say(`enqueueing: ${jobs} of ${of} jobs`));
      return manyLine(many);
    });
    const { problems, refused, lanes } = looked!;
    if (refused > 0) process.exitCode = ExitCode.usage;
    if (!json) for (const line of problemLines(problems, refused)) process.stderr.write(`${oneLine(line)}\n`);
    const told = { refused, problems: problems.map(({ message }) => message) };
    if (!many) return dryRun(file, json, told);
    if (!json) await writeTexts(many.ids, process.stdout);
    const { ids, batch, found, replaced } = many;
    const counts = { enqueued: ids.count - found - replaced, existing: found, replaced };
    const document = { ...counts, batch, ids: json ? ids.texts() : [], ...told };
    if (typed.stay) return { ...document, ...(await stayWithAll(queue, [...many.ids], typed.stay)) };
    if (!json && aPersonReads()) await tellUnserved(queue, lanes);
    return document;
  } finally {
    file.close();
  }
}

async function* givenLines({ words, fields, flags }: ManyTyped): AsyncGenerator<GivenLine> {
  const source = flags.stdin || flags.each === '-' ? process.stdin : readFile(flags.each!);
  let number = 0;
  let job = 0;
  for await (const bytes of splitLines(source, flags.null ? 0 : 10, LARGEST_PAYLOAD)) {
    number += 1;
    if (bytes.length === 0 || (bytes.length === 1 && bytes[0] === 13)) continue;
    const place = ++job;
    const read = () => {
      if (bytes.length > LARGEST_PAYLOAD) throw new BadInput('it is larger than 1 MB', ['put the data into a file']);
      const line = flags.null ? utf8(bytes) : utf8(bytes).replace(/\r$/, '');
      const given = words ? { argv: fillWords(words, line, place) } : { json: line };
      const key = words && flags.key !== undefined ? fillText(flags.key, line, place) : flags.key;
      return readRequest({ ...given, fields, flags: { ...flags, key } }, process.env);
    };
    yield { number, read };
  }
}

async function* readFile(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file);
  } catch (error) {
    const why = (error as Error).message.replace(/^\w+: |, \w+( '.*')?$/g, '');
    throw new BadInput(`cannot read ${file}: ${why}`, [
      '--each takes a file with a line for each job; - is standard input',
    ]);
  }
}

/** Live on a terminal, unless somebody types the jobs there; nothing elsewhere. */
async function withProgress(
  { flags, json }: ManyTyped,
  work: (say: (title: string) => void) => Promise<string>,
): Promise<void> {
  const typedHere = process.stdin.isTTY && (flags.stdin || flags.each === '-');
  if (json || !process.stderr.isTTY) await work(() => {});
  else if (typedHere) process.stderr.write(`${await work(() => {})}\n`);
  else {
    const { showProgress } = await import('./progress.js');
    await showProgress([{ title: 'looking at the jobs', work }], { silent: false });
  }
}

async function dryRun(file: BatchFile, json: boolean, told: Told): Promise<ManyLooked | undefined> {
  if (json) return { dry_run: true, enqueued: 0, jobs: [...shown(file)], ...told };
  await writeTexts(commands(file), process.stdout);
  return undefined;
}

function* commands(file: BatchFile): Generator<string> {
  for (const { command } of shown(file)) yield oneLine(command);
}

function* shown(file: BatchFile) {
  for (const { jobs } of file.batches()) {
    for (const { name: id, queue, type, payload } of jobs) {
      yield { id, queue, type, command: describePayload(type, JSON.parse(payload.toString('utf8'))) };
    }
  }
}

async function tellUnserved(queue: Queue, lanes: Looked['lanes']): Promise<void> {
  for (const lane of lanes) {
    const note = await unservedNote(queue.database, lane.queue, lane.type);
    if (note !== null) process.stderr.write(`${note}\n`);
  }
}
