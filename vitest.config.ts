// How the tests run: real processes and real databases, so few at a time and with patience.
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** About PostgreSQL alone. */
const POSTGRES = [
  'test/**/postgres*.test.ts',
  'test/end-to-end/hosts.test.ts', // several hosts have a server between them
  'test/{queue,docs}/moving.test.ts', // from a file to a server and back
];

/** From one source on both databases. */
const BOTH = [
  'test/end-to-end/*.test.ts',
  'test/commands/{config,enqueue,housekeeping,reading,why}.test.ts',
  'test/web/api.test.ts',
  'test/browser/dashboard.test.ts',
];

/** Not on PostgreSQL. */
const SQLITE_ALONE = [
  'test/end-to-end/bad-input.test.ts', // words are refused before any database is asked; the rest is about files
  'test/end-to-end/plugins-*.test.ts', // what plugins do to a program; job-types.test.ts runs their jobs on both
  'test/end-to-end/{odd-values,old-habits,locked,own-types}.test.ts', // likewise
  'test/end-to-end/{fail-points,fate,healing,keys,leaving,many,stopping}.test.ts', // the torture, and the contract of storage, do the same there
  'test/end-to-end/{launcher,containers,output,chaos}.test.ts', // what is done for a command; the contract has what is stored of it
  'test/end-to-end/top.test.ts', // what is on a terminal
  'test/end-to-end/{full-disk,damage}.test.ts', // what happens to a file and its disk
  'test/end-to-end/power-loss.test.ts', // cuts the power between the writes to an SQLite file
];

/** What takes a minute or more comes first: at the end it would run alone. */
const LONG = /(fuzz|hosts|plugins-faulty|job-types|torture|fail-points)\.test\.ts$|test\/model\//;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return LONG.test(moduleId);
}

const common = {
  pool: 'forks',
  maxWorkers: 3, // on two cores: many tests mostly wait. Two take 20 min where three take 17.5
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const;

export default defineConfig({
  test: {
    maxWorkers: common.maxWorkers,
    sequence: { sequencer: LongFirst },
    projects: [
      { test: { ...common, name: 'sqlite', include: ['test/**/*.test.ts'], exclude: POSTGRES } },
      {
        test: {
          ...common,
          name: 'postgres',
          include: [...POSTGRES, ...BOTH],
          exclude: SQLITE_ALONE,
          env: { QUEUECTL_TEST_BACKEND: 'postgres' },
          globalSetup: ['test/postgres-for-all.ts'],
          setupFiles: ['test/on-postgres.ts'],
        },
      },
    ],
  },
});
