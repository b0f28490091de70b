// The password that neither a URL nor PGPASSWORD names: from ~/.pgpass, or the file that PGPASSFILE names, as psql finds it.
// The driver looks there too, but warns on standard error that it will not for ever.
import type { Client, ClientConfig } from 'pg';

interface Asked {
  host: string;
  port: number;
  database: string;
  user: string;
}

type Lookup = (asked: Asked) => Promise<string | undefined>;

/** @returns the driver's client, for which the file is read when the server asks for a password */
export async function withPgpass(driver: typeof Client): Promise<typeof Client> {
  const { default: pgpass } = await import('pgpass');
  const lookup: Lookup = (asked) => new Promise((resolve) => pgpass(asked, resolve));
  return class extends driver {
    constructor(config?: string | ClientConfig) {
      super(config);
      const own = this as unknown as { password: string | null | Lookup };
      own.password ??= lookup;
    }
  };
}
