// A vitest reporter that writes how many tests passed, failed and were skipped to the file $QUEUECTL_TEST_COUNTS.
import { writeFileSync } from 'node:fs';

export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) counts[outcome(test)] += 1;
      // A file that could not be loaded, or whose hooks failed, has failed even when none of its tests did.
      const blamed = tests.some((test) => test.result().state === 'failed');
      if (module.state() === 'failed' && !blamed) counts.failed += 1;
    }
    writeFileSync(process.env.QUEUECTL_TEST_COUNTS, JSON.stringify(counts));
  }
}

/** A test that was never reached, because the run was broken off, was skipped. */
function outcome(test) {
  const { state } = test.result();
  return state === 'pending' ? 'skipped' : state;
}
