// What an examination wants to know of an open database.

export interface DatabaseFacts {
  /** With its version: SQLite 3.53.0, PostgreSQL 18.1. */
  engine: string;
  /** With its version: better-sqlite3 12.9.0. */
  driver: string;
  /** Null: an acknowledged commit is on the disk; else what makes it less than that. */
  undurable: string | null;
  /** Of the file; undefined on a server. */
  file?: { path: string; bytes: number; walBytes: number; mode: number; uid: number };
}
