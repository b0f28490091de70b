// As process 1 of a container we inherit every process whose parent is gone, and Node reaps only its own children. A shell
// reaps all: it takes our place as process 1 and runs this program again as its child.

/** Passes signals on, and waits until the program has really ended: a signal ends a shell's `wait` too. */
export const REAPER = `if test -t 0; then set -m; fi
"$@" &
child=$!
for signal in TERM INT HUP QUIT USR1 USR2; do trap "kill -$signal $child" $signal; done
wait $child; status=$?
while kill -0 $child 2>/dev/null; do wait $child; status=$?; done
exit $status`;

/** From Node 22.15 on. */
type Execve = (file: string, args: string[], env: NodeJS.ProcessEnv) => never;

/** Does not return where it can take effect. @returns whether this is process 1 and has to stay so */
export function leaveProcessOne(): boolean {
  if (process.pid !== 1) return false;
  const { execve } = process as { execve?: Execve };
  if (!execve) return true;
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return execve.call(process, '/bin/sh', ['sh', '-c', REAPER, 'queuectl', ...program], process.env);
}
