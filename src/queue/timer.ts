// Timers as long as anybody asks: setTimeout fires at once beyond 24.8 days (F30).

const LONGEST_MS = 2 ** 31 - 1;

/** @returns cancels it */
export function after(ms: number, callback: () => void): () => void {
  const dueAt = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = () => {
    const left = dueAt - performance.now();
    timer = left > LONGEST_MS ? setTimeout(arm, LONGEST_MS) : setTimeout(callback, Math.max(0, left));
  };
  arm();
  return () => clearTimeout(timer);
}
