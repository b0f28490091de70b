// `npm test`: sets up what is missing, runs the tests, and ends with one line of counts from the runner's own report.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureReady } from './set-up.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

ensureReady();
const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
const counts = join(folder, 'counts.json');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const args = ['run', '--reporter=default', '--reporter=./scripts/count-reporter.mjs', ...process.argv.slice(2)];
const env = { ...process.env, QUEUECTL_TEST_COUNTS: counts };
const { status } = spawnSync(process.execPath, [vitest, ...args], { cwd: root, env, stdio: 'inherit' });

const { passed, failed, skipped } = readCounts();
rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = status === 0 && failed === 0 && passed > 0 ? 0 : 1;

/** A runner that died has reported nothing: that is one failure. */
function readCounts() {
  try {
    return JSON.parse(readFileSync(counts, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
