// The migrations in their order. A released one is never changed; store-facts.ts counts them as PROGRAM.
import type { Kysely } from 'kysely';
import type { StoreDialect } from '../dialect.js';
import type { Tables } from '../schema.js';
import { first } from './001-first.js';
import { steps } from './002-steps.js';
import { keyScope } from './003-key-scope.js';

export interface ListedMigration {
  name: string;
  /** The oldest program that may write after it. New tables and nullable columns leave it as it is. */
  oldestProgram: number;
  up(db: Kysely<Tables>, dialect: StoreDialect): Promise<void>;
}

export const migrations: readonly ListedMigration[] = [
  { name: '001-first', oldestProgram: 1, up: first },
  { name: '002-steps', oldestProgram: 1, up: steps },
  // Workers of before would neither give keys back nor let jobs expire.
  { name: '003-key-scope', oldestProgram: 3, up: keyScope },
];
