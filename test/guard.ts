// Ends a server and removes its folder when whoever started it has ended, however that was.
import { spawn } from 'node:child_process';

/** Reads until its input is closed, which the system does for the dead, too. */
const WATCH = `read -r _
pid=$(head -n 1 "$2" 2>&-) && kill -"$3" "$pid" 2>&-
n=0
while [ -e "$2" ] && kill -0 "$pid" 2>&- && [ $n -lt 150 ]; do n=$((n + 1)); sleep 0.2; done
rm -rf "$1"`;

/**
 * @param pidFile is there as long as the server runs; its first line is the pid
 * @param signal at which the server ends at once
 * @returns ends both now
 */
export function guard(folder: string, pidFile: string, signal: 'QUIT' | 'KILL'): () => Promise<void> {
  const args = ['-c', WATCH, 'sh', folder, pidFile, signal];
  const child = spawn('sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return () => {
    child.stdin.end();
    return gone;
  };
}
