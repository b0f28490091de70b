// A job gives the same whether it is started through its slot's launcher or by a process of its own.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobRequest } from '../../src/job/request.js';
import { launchersWork } from '../../src/process/launcher.js';
import { isAlive, Sandbox, until } from '../sandbox.js';

const everyByte = Array.from({ length: 0x17f }, (_, code) => String.fromCodePoint(code + 1)).join('');
const bigEnvironment = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`BIG_${n}`, 'x'.repeat(100)]));

/** Each is run both ways; `folder` is the sandbox's. */
const JOBS: Record<string, (folder: string) => JobRequest> = {
  'a plain command': () => ({ argv: ['printf', '[%s]', 'a', 'b c', '', '-n', '$HOME', "it's", '\\', '*'] }),
  'an argument with every character but NUL': () => ({ argv: ['printf', '%s', everyByte] }),
  'a string with every character but NUL': () => ({ command: `printf %s '${everyByte.replaceAll("'", '')}'` }),
  'an argument of 100 KiB': () => ({ argv: ['printf', '%s', 'x'.repeat(100 * 1024)] }),
  'a big environment': () => ({ command: 'env | grep ^BIG_ | sort', env: bigEnvironment }),
  'odd variables': () => ({
    argv: ['env'],
    env: { IFS: 'x', PS1: '$', OPTIND: '7', _: 'under', lower_1: '' },
  }),
  'values with quotes and newlines': () => ({ argv: ['printenv', 'ODD'], env: { ODD: `a'b"c\nd $(id) \\` } }),
  'a folder with quotes in its name': (folder) => ({
    command: 'pwd; echo "$PWD"',
    cwd: join(folder, 'it\'s "odd" $x'),
  }),
  'the umask and the limits': () => ({ command: 'umask; ulimit -n' }),
  'exit inside': () => ({ command: 'echo before; exit 9; echo after' }),
  'set -e': () => ({ command: 'set -e; echo before; false; echo after' }),
  'exec inside': () => ({ command: 'exec echo replaced' }),
  'a syntax error': () => ({ command: 'if true; then' }),
  'a background child': () => ({ command: '(sleep 0.1; echo late) & echo soon; wait' }),
  'reading standard input': () => ({ command: 'cat; read -r line || echo nothing' }),
  'closed descriptors': () => ({ command: 'exec 0<&- 3>&- 4>&- 9>&-; echo still; exec 1>&- 2>&-; true' }),
  'writing to descriptor 3': () => ({ command: '(echo 0 >&3) 2>/dev/null && echo leaked || echo closed' }),
  'a trap in the job': () => ({ command: `trap 'echo trapped; exit 4' TERM; kill -TERM $$; sleep 5` }),
  'kill 0': () => ({ command: 'echo before; kill 0; sleep 5' }),
  'kill -9 0': () => ({ command: 'echo before; kill -9 0; sleep 5' }),
  'dying of each signal': () => ({
    command: 'for s in HUP INT QUIT TERM PIPE USR1; do sh -c "kill -$s \\$\\$"; echo $s $?; done',
  }),
  'SIGPIPE at its default': () => ({ command: 'yes | head -1; sh -c "kill -PIPE \\$\\$"; echo $?' }),
  'signals that are not ignored': () => ({ command: 'grep -E "^Sig(Ign|Blk)" /proc/self/status' }),
  'open descriptors': () => ({ command: 'ls /proc/self/fd | tr "\\n" " "' }),
  'a session of its own': () => ({
    command: 'test "$(cut -d" " -f6 /proc/self/stat)" != "$(cut -d" " -f6 /proc/1/stat)" && echo own',
  }),
  'a command that is not there': () => ({ argv: ['no-such-command-anywhere', 'x'] }),
  'a command that is not executable': () => ({ argv: ['/etc/passwd'] }),
  'a name of a builtin': () => ({ argv: ['exit', '3'] }),
};

const MANY = Object.keys(JOBS).length;

async function runAll(sandbox: Sandbox, env: NodeJS.ProcessEnv) {
  mkdirSync(join(sandbox.folder, 'it\'s "odd" $x'));
  const started = sandbox.start(['worker', 'start'], env);
  await new Promise((resolve) => started.once('close', resolve));
  const queue = await sandbox.queue();
  // A job that kills its launcher has the next one started by spawn: it is followed by one that does not count.
  const order = Object.entries(JOBS).flatMap(([name, job], index) => [
    { id: `warm-${index}`, argv: ['true'] },
    { ...job(sandbox.folder), id: `job-${index}`, max_retries: 0, env: { ...job(sandbox.folder).env, NAMED: name } },
  ]);
  await sandbox.enqueue(...order);
  const results = new Map<
    string,
    { output: string; cause: string | null; exitCode: number | null; runner: string | null }
  >();
  for (const [index, name] of Object.keys(JOBS).entries()) {
    const job = await sandbox.ended(`job-${index}`);
    const { attempts } = await queue.details(job.id);
    const chunks: Buffer[] = [];
    for await (const chunk of (await queue.output(job.id, null))!.chunks) chunks.push(chunk as Buffer);
    const { runner } = await queue.database.kysely
      .selectFrom('attempts')
      .select('runner')
      .where('job', '=', job.number)
      .executeTakeFirstOrThrow();
    const output = Buffer.concat(chunks).toString().replaceAll(sandbox.folder, 'FOLDER');
    results.set(name, { output, cause: job.cause, exitCode: attempts[0]!.exitCode, runner });
  }
  return results;
}

describe.runIf(launchersWork())('with launchers and without', () => {
  const sandboxes = [new Sandbox(), new Sandbox()] as const;
  let launched: Awaited<ReturnType<typeof runAll>>;
  let spawned: Awaited<ReturnType<typeof runAll>>;
  beforeAll(async () => {
    launched = await runAll(sandboxes[0], {});
    spawned = await runAll(sandboxes[1], { QUEUECTL_NO_LAUNCHERS: '1' });
  }, 120_000);
  afterAll(async () => {
    for (const sandbox of sandboxes) await sandbox.remove();
  });

  test('one way uses launchers and the other does not', () => {
    expect([...launched.values()].filter(({ runner }) => runner !== null).length).toBeGreaterThan(MANY - 4);
    expect([...spawned.values()].filter(({ runner }) => runner !== null)).toEqual([]);
  });

  test.each(Object.keys(JOBS))('%s', (name) => {
    const [{ runner: _, ...one }, { runner: __, ...other }] = [launched.get(name)!, spawned.get(name)!];
    const comparable = (result: typeof one) => ({
      ...result,
      // Names of the run itself, the line at which a shell was, and the order in which it hands its variables on.
      output: result.output
        .replace(/^queuectl: \d+: /m, 'queuectl: ')
        .split('\n')
        .filter((line) => !/^QUEUECTL_(MARK|DB)=/.test(line))
        .sort(),
    });
    expect(comparable(one)).toEqual(comparable(other));
  });
});

describe.runIf(launchersWork())('a launcher', () => {
  const sandbox = new Sandbox();
  beforeEach(async () => void (await sandbox.must('worker', 'start')));
  afterAll(() => sandbox.remove());

  async function launcherPid(id: string): Promise<number> {
    const queue = await sandbox.queue();
    const { number } = await queue.job(id);
    const row = await queue.database.kysely
      .selectFrom('attempts')
      .select('runner')
      .where('job', '=', number)
      .executeTakeFirstOrThrow();
    return Number(row.runner!.split(' ')[0]);
  }

  test('leaves alone what an earlier job put into the background, when a later one is ended', async () => {
    const pidFile = join(sandbox.folder, 'background');
    await sandbox.enqueue({ id: 'leaves', command: `sleep 600 & echo $! > ${pidFile}` });
    await sandbox.ended('leaves');
    await sandbox.enqueue({ id: 'ended', command: 'sleep 600', timeout_sec: 0.5, max_retries: 0 });
    expect(await sandbox.ended('ended')).toMatchObject({ cause: 'timeout' });
    expect(await launcherPid('ended')).toBe(await launcherPid('leaves'));
    const background = Number(readFileSync(pidFile, 'utf8'));
    expect(isAlive(background)).toBe(true);
    process.kill(background, 'SIGKILL');
  });

  test('survives the end of its job by force and runs the next', async () => {
    await sandbox.must('config', 'set', 'kill_grace_sec', '0.3');
    await sandbox.enqueue({
      id: 'deaf',
      command: `trap '' TERM; while :; do sleep 0.1; done`,
      timeout_sec: 0.3,
      max_retries: 0,
    });
    await sandbox.enqueue({ id: 'after', argv: ['true'] });
    expect(await sandbox.ended('after')).toMatchObject({ state: 'completed' });
    expect(await launcherPid('after')).toBe(await launcherPid('deaf'));
  });

  test('F01 goes on without its worker, tells how its job ended, and ends', async () => {
    await sandbox.enqueue({ id: 'long', command: sandbox.ledgered('sleep 1; (exit 5)'), max_retries: 0 });
    await until('the job to start', () => sandbox.entries().includes('long 1 start'));
    const launcher = await launcherPid('long');
    for (const pid of await sandbox.workerPids()) process.kill(pid, 'SIGKILL');
    await sandbox.must('worker', 'start');
    expect(await sandbox.ended('long')).toMatchObject({ state: 'dead', cause: 'exit:5', attempt: 1, crashes: 0 });
    expect(sandbox.entries()).toEqual(['long 1 start', 'long 1 end']);
    await until('the launcher to end', () => !isAlive(launcher));
  });

  test('F02 that is killed alone takes its job with it, so that no two attempts run at once', async () => {
    await sandbox.enqueue({ id: 'first-again', argv: ['true'] });
    await sandbox.ended('first-again');
    await sandbox.enqueue({ id: 'orphaned', command: sandbox.ledgered('exec sleep 600'), max_retries: 0 });
    await until('the job to start', () => sandbox.entries().includes('orphaned 1 start'));
    process.kill(await launcherPid('orphaned'), 'SIGKILL');
    expect(await sandbox.ended('orphaned')).toMatchObject({ state: 'dead', cause: 'signal:SIGKILL' });
  });
});
