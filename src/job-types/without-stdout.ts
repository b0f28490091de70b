// Code of plugins must not write between our lines: standard output is data. What it prints there goes to standard error.

/** While the work goes on, in this whole process: nothing of ours prints at that time. */
export async function withoutStdout<T>(work: () => Promise<T>): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof write;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}
