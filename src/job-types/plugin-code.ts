// Code of plugins in our programs: standard output is data, so what it prints goes to standard error; and it ends nothing.
import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<string>();
let guarded = false;

/** Holds for the work and for all that it starts and leaves behind: a timer may print when the work is long over. */
export function asPluginCode<T>(plugin: string, work: () => T): T {
  if (!guarded) guard();
  return current.run(plugin, work);
}

/** Whose code is running, also where an error of it arrives that nobody caught. */
export function runningPlugin(): string | undefined {
  return current.getStore();
}

function guard(): void {
  guarded = true;
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout) as (...args: unknown[]) => boolean;
  const exit = process.exit.bind(process);
  stdout.write = ((...args: unknown[]) => {
    const toStderr = stderr.write.bind(stderr) as typeof write;
    return (current.getStore() ? toStderr : write)(...args);
  }) as typeof stdout.write;
  process.exit = (code) => {
    if (current.getStore()) throw new Error('it called process.exit()');
    return exit(code);
  };
}
