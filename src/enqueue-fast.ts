// The commonest shapes of `enqueue` without the command framework, whose loading costs more than the insert.
// It may only narrow: whatever is unusual, or wrong, goes to the command, and both give the same.
import { writeSync } from 'node:fs';
import { enqueueOne } from './enqueue-one.js';
import { type EnqueueFlags, readRequest, type Typed } from './enqueue-request.js';
import type { CheckedRequest } from './job/request.js';
import { pluginsAreInstalled } from './program.js';
import { reportError } from './report-error.js';
import { type Database, locateDatabase } from './storage/database.js';
import { isPostgres } from './storage/postgres-address.js';
import { openCurrent } from './storage/sqlite.js';

const FLAGS = ['--db', '--id', '--queue', '--priority'];

interface Line extends Typed {
  db?: string;
  asJson: boolean;
}

/**
 * @param argv what follows `enqueue`
 * @returns false when nothing was done, and the command must do it
 */
export async function enqueueFast(argv: readonly string[], env = process.env): Promise<boolean> {
  const line = readLine(argv);
  const request = line && checked(line, env);
  const special = env.QUEUECTL_DURABILITY !== undefined || env.QUEUECTL_ANY_FILE_SYSTEM !== undefined;
  if (!request || special || pluginsAreInstalled(env)) return false;
  let database: Database | undefined;
  try {
    const location = locateDatabase(line.db, env);
    if (isPostgres(location)) return false;
    database = await openCurrent(location);
    if (!database) return false;
    const { document, note } = await enqueueOne(database, request);
    print(1, line.asJson ? JSON.stringify(document, null, 2) : document.id);
    if (note !== null) print(2, note);
  } catch (error) {
    process.exitCode = reportError(error, line.asJson);
  } finally {
    await database?.close();
  }
  return true;
}

/** `'{…}'` or `-- CMD ARGS…`, with a few flags in their plainest form before it. */
function readLine(argv: readonly string[]): Line | undefined {
  const values: Record<string, string> = {};
  let asJson = false;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === '--json' && !asJson) asJson = true;
    else if (FLAGS.includes(word) && values[word] === undefined && isPlain(argv[at + 1])) values[word] = argv[++at]!;
    else return lastPart(argv.slice(at), values, asJson);
  }
  return undefined;
}

function lastPart(words: readonly string[], values: Record<string, string>, asJson: boolean): Line | undefined {
  const flags: EnqueueFlags = { id: values['--id'], queue: values['--queue'], priority: values['--priority'] };
  const common = { db: values['--db'], asJson, flags };
  if (words[0] === '--') return { ...common, argv: words.slice(1) };
  if (words.length === 1 && words[0]!.startsWith('{')) return { ...common, json: words[0] };
  return undefined;
}

function isPlain(word: string | undefined): boolean {
  return word !== undefined && !word.startsWith('-');
}

function checked(line: Line, env: NodeJS.ProcessEnv): CheckedRequest | undefined {
  try {
    return readRequest(line, env);
  } catch {
    return undefined; // the command says what is wrong
  }
}

/** Straight to the descriptor: setting up Node's streams takes longer than the insert. */
function print(descriptor: 1 | 2, text: string): void {
  try {
    writeSync(descriptor, `${text}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN')
      (descriptor === 1 ? process.stdout : process.stderr).write(`${text}\n`);
    else if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
