// How the tests run: real processes and real databases, so few at a time and with patience.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: process.env.QUEUECTL_TEST_BACKEND === 'postgres' ? ['test/on-postgres.ts'] : [],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
