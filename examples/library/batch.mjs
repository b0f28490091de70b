// Enqueues a batch in one transaction, waits until all of it has ended, and reads results, states and outputs.
// Run it where queuectl can be imported, with workers running: node batch.mjs
// @ts-check
import { checkRequest, jobDocument, openQueue, QueuectlError, readFilter, waitFor } from 'queuectl';

const queue = await openQueue();
try {
  const requests = [1, 2, 3].map((n) => ({
    command: `sleep 0.${n}; echo "slept ${n}"; echo $((${n} * ${n})) > "$QUEUECTL_RESULT_FILE"`,
    queue: 'naps',
    priority: n,
  }));
  const ids = await queue.enqueue(requests.map(checkRequest));

  // Woken when something changes; each end is told as it comes.
  const { jobs, reason, exitCode } = await waitFor(queue, ids, { withinMs: 60_000 });
  const results = await queue.results(jobs);
  for (const { id, number, state } of jobs) console.log(`${id} ${state}: ${results.get(number)?.trim()}`);
  console.log(`${reason} ${exitCode}`);

  // The same filters as those of list, and the same documents as --json.
  const filter = readFilter({ queue: 'naps', where: 'priority > 1' });
  const newest = await queue.list(filter, { limit: 1, descending: true });
  for (const job of newest) console.log(JSON.stringify({ id: jobDocument(job).id, state: jobDocument(job).state }));
  const output = await queue.output(String(ids[0]), null);
  for await (const chunk of output?.chunks ?? []) process.stdout.write(chunk);

  await queue.enqueue([checkRequest({ comand: 'sleep 1' })]);
} catch (error) {
  if (!(error instanceof QueuectlError)) throw error;
  console.log(`refused (${error.code}): ${error.message}; ${error.suggestions.join('; ')}`);
} finally {
  await queue.close();
}
