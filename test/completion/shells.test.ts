// Real shells are asked what could be typed next, beside a queue that has something to say.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell } from '../docs/shell.js';
import { Sandbox } from '../sandbox.js';

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

let shell: Shell;
beforeAll(async () => {
  shell = new Shell();
  await shell.enqueue(
    { id: 'report', command: 'echo it' },
    { id: 'release', command: 'printf "a\\tb\nc"', queue: 'builds' },
    { id: 'broken', command: 'exit 3', max_retries: 0, queue: 'mail:out' },
  );
  await shell.must('worker', 'start', '--queue', 'mail:out');
  await shell.ended('broken');
});
afterAll(() => shell.remove());

describe.runIf(has('bash'))('bash', () => {
  /** What Tab would offer at the end of the line: bash breaks words at : and = as well. */
  async function offered(line: string): Promise<string[]> {
    const program = `
      source <(queuectl autocomplete bash)
      COMP_LINE=$1 COMP_POINT=\${#1}
      _queuectl && printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await shell.execute(['bash', '--norc', '-c', program, 'bash', line]);
    expect(stderr).toBe('');
    return stdout.trimEnd().split('\n').filter(Boolean);
  }

  test.each([
    ['queuectl enq', ['enqueue']],
    ['queuectl worker sta', ['start']],
    ['queuectl list --sta', ['--state']],
    ['queuectl list --state comp', ['completed']],
    ['queuectl list --state dead,comp', ['dead,completed']],
    ['queuectl list --state=comp', ['completed']],
    ['queuectl show re', ['release', 'report']],
    ['queuectl cancel report re', ['release', 'report']],
    ['queuectl dlq show ', ['broken']],
    ['queuectl dlq retry --cause ', ['exit:3']],
    ['queuectl dlq retry --cause exit:', ['3']],
    ['queuectl list --queue ', ['builds', 'default', 'mail:out']],
    ['queuectl list --queue mail:', ['out']],
    ['queuectl list --type ', ['shell']],
    ['queuectl config set worker_', ['worker_poll_interval']],
    ['queuectl types show ', ['shell']],
    ['queuectl worker stop ', ['worker-1']],
    ['queuectl enqueue -- re', []],
    ['queuectl nonsense ', []],
    ['queuectl show "re', ['release', 'report']],
  ])('%s', async (line, expected) => {
    expect(await offered(line)).toEqual(expected);
  });
});

/** Types each line and Tab on a terminal of a real zsh, and tells what the lines have become. */
const TYPES_IN_ZSH = `
  zmodload zsh/zpty
  zpty typed zsh -f -i
  zpty -w typed 'autoload -U compinit && compinit -u -d dump; source <(queuectl autocomplete zsh)'
  zpty -w typed 'tell() { print -r -- "$BUFFER" >> told; zle kill-whole-line }; zle -N tell; bindkey "^X" tell; : > told'
  await() { until "$@"; do zpty -r -t typed said || sleep 0.05; done }
  await test -e told
  for n in {1..$#}; do
    zpty -n -w typed "$argv[n]"$'\\t\\x18'
    await eval '(( $(wc -l < told) == n ))'
  done
  zpty -d typed
  cat told`;

describe.runIf(has('zsh'))('zsh', () => {
  test('completes words of lines', async () => {
    const lines = {
      'queuectl enq': 'queuectl enqueue ',
      'queuectl worker sta': 'queuectl worker start ',
      'queuectl show rep': 'queuectl show report ',
      'queuectl show "rep': 'queuectl show "report" ',
      'queuectl show re': 'queuectl show re',
      'queuectl list --state=comp': 'queuectl list --state=completed ',
      'queuectl list --state dead,comp': 'queuectl list --state dead,completed ',
      'queuectl list --queue mail:': 'queuectl list --queue mail:out ',
      'queuectl worker stop ': 'queuectl worker stop worker-1 ',
      'queuectl enqueue -- cat queue.d': 'queuectl enqueue -- cat queue.db',
    };
    const { stdout } = await shell.execute(['zsh', '-f', '-c', TYPES_IN_ZSH, 'zsh', ...Object.keys(lines)]);
    expect(stdout.split('\n').slice(0, -1)).toEqual(Object.values(lines));
  });
});

describe.runIf(has('fish'))('fish', () => {
  test.each([
    ['queuectl enq', ['enqueue']],
    ['queuectl show re', ['release', 'report']],
    ['queuectl show "rep', ['report']],
    ['queuectl list --state=comp', ['--state=completed']],
    ['queuectl list --state dead,comp', ['dead,completed']],
    ['queuectl list --queue ', ['builds', 'default', 'mail:out']],
    ['queuectl worker stop ', ['worker-1']],
    ['queuectl enqueue -- cat bi', ['bin/']],
  ])('%s', async (line, expected) => {
    const ask = 'queuectl autocomplete fish | source; complete -C $argv[1]';
    const { stdout } = await shell.execute(['fish', '-N', '-c', ask, line]);
    expect(stdout.replace(/\t.*/g, '').trimEnd().split('\n')).toEqual(expected);
  });
});

test('words say what they mean in one line, whatever the job holds', async () => {
  const { stdout } = await shell.run('complete-words', 'show', 'rel');
  expect(stdout).toBe('release\tpending: printf "a\\tb c"\n');
});

test('PowerShell gives an empty word behind an equals sign', async () => {
  expect((await shell.run('complete-words', '--last', 'worker', 'stop', '=')).stdout).toBe('worker-1\n');
});

test('no queue is made, and nothing is said, where there is none', async () => {
  const empty = new Sandbox('file');
  const ask = (...words: string[]) => empty.run('complete-words', ...words);
  expect(await ask('show', '')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await ask('show', '--db', 'postgres://127.0.0.1:1/none', '')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readdirSync(empty.folder)).toEqual([]);
  await empty.remove();
});
