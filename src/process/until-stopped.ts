// Waits for the signal that ends a program which would serve for ever.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The second signal has its usual effect. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of SIGNALS) process.off(signal, stop);
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}
