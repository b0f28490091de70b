// What a handler prints is output of its job, not of its worker: the streams ask whose code is running.
import { AsyncLocalStorage } from 'node:async_hooks';

type Write = (text: string) => void;

const current = new AsyncLocalStorage<Write>();
let captured = false;

/** Runs a handler; what it and all that it starts print goes to `write`. */
export function asOutputOf<T>(write: Write, work: () => T): T {
  if (!captured) capture();
  return current.run(write, work);
}

function capture(): void {
  captured = true;
  for (const stream of [process.stdout, process.stderr]) {
    const own = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      const write = current.getStore();
      if (!write) return own(chunk, ...rest);
      write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      const done = rest.findLast((argument) => typeof argument === 'function') as (() => void) | undefined;
      if (done) process.nextTick(done);
      return true;
    }) as typeof stream.write;
  }
}
