// The URL of a queue on PostgreSQL: what is read, what is refused, and that a password is never in what is shown.
import { expect, test } from 'vitest';
import { BadInput } from '../../src/errors.js';
import { locateDatabase } from '../../src/storage/database.js';
import { isPostgres, readAddress } from '../../src/storage/postgres-address.js';

test.each([
  {
    given: 'postgres://me:secret@server/jobs',
    url: 'postgres://me:secret@server/jobs',
    location: 'postgres://me@server/jobs',
    schema: 'queuectl',
  },
  {
    given: 'postgresql://me:sec%2Fret@server:5433/jobs?schema=mine&sslmode=verify-full',
    url: 'postgresql://me:sec%2Fret@server:5433/jobs',
    location: 'postgresql://me@server:5433/jobs?sslmode=verify-full&schema=mine',
    schema: 'mine',
  },
  {
    given: 'postgres:///jobs?host=/run/postgresql&password=secret&sslpassword=secret',
    url: 'postgres:///jobs?host=/run/postgresql&password=secret&sslpassword=secret',
    location: 'postgres:///jobs?host=/run/postgresql',
    schema: 'queuectl',
  },
  {
    given: 'postgres://me:se@cret@[::1]:5432/jobs',
    url: 'postgres://me:se@cret@[::1]:5432/jobs',
    location: 'postgres://me@[::1]:5432/jobs',
    schema: 'queuectl',
  },
  { given: 'postgres://server', url: 'postgres://server/', location: 'postgres://server/', schema: 'queuectl' },
])('$given is shown as $location', ({ given, ...read }) => {
  expect(readAddress(given)).toMatchObject(read);
  expect(locateDatabase(given, {})).toBe(given);
  expect(readAddress(read.location)).toMatchObject({ location: read.location, schema: read.schema });
});

test.each([
  'postgres://me:sec/ret@server/jobs',
  'postgres://me:sec?ret@server/jobs',
  'postgres://me:sec#ret@server/jobs',
  'postgres:me:secret@server/jobs',
  'postgres://me:secret',
])('%s is refused without a word of it', (given) => {
  expect(() => readAddress(given)).toThrow(BadInput);
  expect(() => readAddress(given)).toThrow(/^the URL of the database cannot be read$/);
});

test.each(['', 'Mine', 'pg_mine', '1st', 'a-b', 'a"b', 'x'.repeat(56)])('"%s" is no schema', (schema) => {
  expect(() => readAddress(`postgres://server/jobs?schema=${encodeURIComponent(schema)}`)).toThrow(BadInput);
});

test('a path may begin with postgres', () => {
  expect(isPostgres('postgres.db')).toBe(false);
  expect(isPostgres('./postgres://x')).toBe(false);
});
