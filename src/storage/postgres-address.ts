// The URL of a PostgreSQL queue: read once, checked, and never shown with its password.
import { BadInput } from '../errors.js';
import { TLS_PARAMETERS, type TlsParameters } from './postgres-tls.js';

export interface PostgresAddress {
  /** As it was given, password included. */
  given: string;
  /** For the driver: without what only we understand. */
  url: string;
  /** What it says of TLS. */
  tls: TlsParameters;
  /** For people and for jobs: without any password, and as such a URL that works where ~/.pgpass has it. */
  location: string;
  /** Name of the database; empty where the driver's default is meant. */
  database: string;
  /** The schema that holds the tables. */
  schema: string;
}

const DEFAULT_SCHEMA = 'queuectl';

/** Lower case only, so that it can be typed without quotes in psql; short enough for a channel to be named after it. */
const SCHEMA = /^(?!pg_)[a-z_][a-z0-9_]{0,54}$/;

const PARTS = /^(postgres(?:ql)?:\/\/)(?:([^/?#]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

export function isPostgres(named: string): boolean {
  return /^postgres(ql)?:/.test(named);
}

/** @throws BadInput, which does not quote the URL: where it cannot be read, nobody knows which part is the password */
export function readAddress(text: string): PostgresAddress {
  const [, protocol, login, host, database = '', query] = PARTS.exec(text) ?? unreadable();
  if (database.includes('@') || !/^(\[[0-9a-fA-F:.%]+\]|[^:]*)(:\d+)?$/.test(host!)) unreadable();
  const parameters = new URLSearchParams(query);
  const schema = parameters.get('schema') ?? DEFAULT_SCHEMA;
  if (!SCHEMA.test(schema)) {
    throw new BadInput(`"${schema}" cannot be the name of a schema`, [
      'lower-case letters, digits and _, at most 55, not beginning with pg_',
    ]);
  }
  parameters.delete('schema');
  const isTls = ([name]: [string, string]) => TLS_PARAMETERS.some((one) => one === name);
  const tls: TlsParameters = Object.fromEntries([...parameters].filter(isTls));
  const theirs = new URLSearchParams([...parameters].filter((parameter) => !isTls(parameter)));
  const url = `${protocol}${login === undefined ? '' : `${login}@`}${host}/${database}${asQuery(theirs)}`;
  for (const name of [...parameters.keys()]) if (/password/i.test(name)) parameters.delete(name);
  if (schema !== DEFAULT_SCHEMA) parameters.set('schema', schema);
  const user = login?.split(':')[0];
  const location = `${protocol}${user ? `${user}@` : ''}${host}/${database}${asQuery(parameters)}`;
  return { given: text, url, tls, location, database, schema };
}

/** `%2F` in a value would be right as well, but nobody types the folder of a socket so. */
function asQuery(parameters: URLSearchParams): string {
  return parameters.size === 0 ? '' : `?${parameters.toString().replaceAll('%2F', '/')}`;
}

function unreadable(): never {
  throw new BadInput('the URL of the database cannot be read', [
    'postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=queuectl',
    'write / @ : ? # % in a password as %2F %40 %3A %3F %23 %25, or keep it in ~/.pgpass',
  ]);
}
