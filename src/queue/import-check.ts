// Looks through a whole export before any of it is stored: what cannot be read, is masked, or is in the way here.
import { BadInput, Conflict } from '../errors.js';
import { isSettingName, readSetting } from '../settings.js';
import type { ImportStore } from '../storage/import-rows.js';
import type { MovedJob, MovedQueue, MovedSetting } from '../storage/moved.js';
import { atLine } from './line-error.js';
import { type Header, type JobLine, readLine } from './moved-line.js';

const ASKED_AT_ONCE = 500;

export interface Survey {
  header: Header;
  jobs: number;
  first: number;
  last: number;
  settings: MovedSetting[];
  queues: MovedQueue[];
}

/** Everything that can be wrong is found here, before anything is stored. */
export async function look(lines: AsyncIterable<string>, store: ImportStore, append: boolean): Promise<Survey> {
  const survey: Partial<Survey> & Omit<Survey, 'header'> = { jobs: 0, first: 0, last: 0, settings: [], queues: [] };
  const names = new Set<string>();
  let done = 0;
  let complete = false;
  let asked: Pick<MovedJob, 'name' | 'key_lock'>[] = [];
  const ask = async () => {
    const taken = await store.taken(asked);
    if (taken !== undefined)
      throw new Conflict(`the id "${taken}" is taken by a job that is there already`, [`queuectl show ${taken}`]);
    asked = [];
  };
  for await (const { line, number } of numbered(lines)) {
    if (complete) throw at(number, 'something follows the end');
    if ('queuectl_export' in line) {
      if (number > 1) throw at(number, 'a second export begins; import one file after the other');
      survey.header = line;
      done = await doneBefore(line, store, append);
    } else if (!survey.header) throw at(number, 'the header of an export is missing', ['queuectl export makes one']);
    else if ('setting' in line) survey.settings.push(checked(number, () => checkSetting(line.setting)));
    else if ('queue' in line) survey.queues.push(line.queue);
    else if ('end' in line) {
      complete = true;
      if (line.end.jobs !== survey.jobs)
        throw at(number, `${line.end.jobs} jobs were exported, but ${survey.jobs} are here`);
    } else {
      const { job } = line;
      checkLine(number, line, survey.last, names);
      if (survey.jobs === 0) survey.first = job.number;
      survey.jobs += 1;
      survey.last = job.number;
      if (survey.jobs > done && (job.name !== null || job.key_lock !== null)) asked.push(job);
      if (asked.length >= ASKED_AT_ONCE) await ask();
    }
  }
  if (!survey.header) throw new BadInput('there is nothing to import');
  if (!complete) throw new BadInput('the export is not whole: its end is missing', ['export it again']);
  await ask();
  return survey as Survey;
}

function checkLine(number: number, { job, masked }: JobLine, last: number, names: Set<string>): void {
  const id = job.name ?? String(job.number);
  if (masked) {
    throw at(number, `the value of ${masked[0]} of job ${id} is masked`, ['queuectl export --with-secrets']);
  }
  if (job.number <= last) throw at(number, `job ${job.number} does not follow job ${last}`);
  if (job.name !== null && names.has(job.name)) throw at(number, `the id "${job.name}" stands in this file twice`);
  if (job.name !== null) names.add(job.name);
}

/** @returns how many jobs of this export are stored. @throws Conflict when it may not be begun */
async function doneBefore({ id }: Header, store: ImportStore, append: boolean): Promise<number> {
  const begun = await store.begun();
  if (begun?.export === id) return begun.jobs;
  if (append) return 0;
  if (begun) {
    throw new Conflict('the import of another export was begun and not finished', [
      'import that one again, which goes on where it was',
      '--append leaves it as it is',
    ]);
  }
  if (!(await store.isEmpty())) {
    throw new Conflict('the queue has jobs already', ['--append adds to them', 'another queue is named with --db']);
  }
  return 0;
}

/** Blank lines count, but say nothing. @throws BadInput that names the line */
export async function* numbered(lines: AsyncIterable<string>) {
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text !== '') yield { line: checked(number, () => readLine(text)), number, bytes: text.length };
  }
}

function checkSetting(setting: MovedSetting): MovedSetting {
  if (!isSettingName(setting.name)) throw new BadInput(`no such setting: ${setting.name}`);
  readSetting(setting.name, setting.value);
  return setting;
}

function checked<T>(number: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw atLine(number, error);
  }
}

function at(number: number, problem: string, suggestions: string[] = []): unknown {
  return atLine(number, new BadInput(problem, suggestions));
}
