// Opens a queue on PostgreSQL that is there. Only `db init` and `db migrate` create or change its tables.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  HandleEmptyInListsPlugin,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  replaceWithNoncontingentExpression,
  sql,
  type TableMetadata,
} from 'kysely';
import type { ClientConfig } from 'pg';
import { CannotCreate, SchemaMismatch } from '../errors.js';
import { Database, type DatabaseOptions, dataFolder } from './database.js';
import { postgresDialect } from './dialect.js';
import { type PostgresAddress, readAddress } from './postgres-address.js';
import { PostgresDriver, persistently } from './postgres-driver.js';
import { withPgpass } from './postgres-password.js';
import { tlsOptions } from './postgres-tls.js';
import { PostgresWakes } from './postgres-wakes.js';
import type { Tables } from './schema.js';
import { PROGRAM, readStoreFacts } from './store-facts.js';

/** A worker's turn, its upkeep and a wake-up side by side; a command needs one. */
const CONNECTIONS = 4;
/** Longer than a worker's pauses between its signs of life. */
const KEPT_MS = 60_000;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 30_000;
const PATIENCE_MS = 10_000;

/** Of int8 and numeric, which count(*) and sum() are: none of ours passes 2^53. */
const NUMBERS: readonly number[] = [20, 1700];

/** @throws SchemaMismatch for a database without a queue, or with one of another version */
export async function openPostgres(text: string, options: DatabaseOptions = {}): Promise<Database> {
  const address = readAddress(text);
  const database = await connect(address, options);
  try {
    const facts = await readStoreFacts(database);
    if (facts.oldestProgram > PROGRAM) {
      throw new SchemaMismatch(`the queue ${address.location} was changed by a newer queuectl`, [
        'update this one: npm install -g queuectl',
      ]);
    }
    if (facts.program < PROGRAM) {
      throw new SchemaMismatch(`the queue ${address.location} was made by an older queuectl`, ['queuectl db migrate']);
    }
    return database.withFiles(filesFolder(address, facts.id, options));
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** On each host in its user's own folder, whatever name or address the server goes by there. */
function filesFolder({ database, schema }: PostgresAddress, id: string, options: DatabaseOptions): string {
  const name = createHash('sha256')
    .update(JSON.stringify([id, database, schema]))
    .digest('hex')
    .slice(0, 24);
  return join(options.dataFolder ?? dataFolder(process.env), `${name}.files`);
}

/** @param statementMs after which the server gives up; 0 is never */
export async function connect(
  address: PostgresAddress,
  options: DatabaseOptions,
  statementMs = STATEMENT_MS,
): Promise<Database> {
  const { default: pg } = await loadDriver();
  const config: ClientConfig = {
    connectionString: address.url,
    ssl: tlsOptions(address.tls, process.env),
    application_name: 'queuectl',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: statementMs === 0 ? undefined : statementMs + 5000, // a connection that is half open never answers
    types: {
      getTypeParser: ((type: number, format) =>
        NUMBERS.includes(type) ? Number : pg.types.getTypeParser(type, format)) as typeof pg.types.getTypeParser,
    },
  };
  const Client = await withPgpass(pg.Client);
  const pool = new pg.Pool({ ...config, Client, pipeline: true, max: CONNECTIONS, idleTimeoutMillis: KEPT_MS });
  // A connection that breaks while nobody waits for it is simply replaced; unheard, it would end the program.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const { location, schema } = address;
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  const driver = new PostgresDriver(pool, { location, clock: options.clock, patienceMs, statementMs });
  const kysely = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new UnlockedAdapter(),
      createDriver: () => driver,
      createIntrospector: (db) => new OwnTables(db, schema),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    plugins: [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })], // to SQLite it is no error
  }).withSchema(schema);
  const wakes = new PostgresWakes(kysely, schema, () => new Client(config));
  return new Database(kysely, postgresDialect(schema, options.clock !== undefined), {
    location,
    address: address.given,
    filesFolder: '',
    oneMachine: false,
    wakes,
    facts: async () => (await import('./postgres-facts.js')).postgresFacts(kysely),
    checkStillThere: () => {},
    persistently: (work) => persistently(work, patienceMs),
  });
}

/** Whoever migrates holds a lock of our own; Kysely's belongs to a session. */
class UnlockedAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

/** The migrator asks which tables there are: those of others are not looked at, which come and go meanwhile. */
class OwnTables extends PostgresIntrospector {
  constructor(
    private readonly db: Kysely<unknown>,
    private readonly schema: string,
  ) {
    super(db);
  }

  override async getTables(): Promise<TableMetadata[]> {
    const own = sql<{
      name: string;
    }>`select tablename as name from pg_catalog.pg_tables where schemaname = ${this.schema}`;
    const { rows } = await own.execute(this.db);
    return rows.map(({ name }) => ({ name, schema: this.schema, isView: false, isForeign: false, columns: [] }));
  }
}

function loadDriver() {
  return import('pg').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' && error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new CannotCreate('a queue on PostgreSQL needs the package pg, which is not installed', ['npm install -g pg']);
  });
}
