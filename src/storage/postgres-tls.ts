// TLS to PostgreSQL as libpq understands `sslmode`; the driver's own reading of it differs, and warns of changing.
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { BadInput } from '../errors.js';

/** Parameters of the URL that are read here and not by the driver. */
export const TLS_PARAMETERS = [
  'ssl',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslnegotiation',
  'uselibpqcompat',
] as const;

export type TlsParameters = Partial<Record<(typeof TLS_PARAMETERS)[number], string>>;

/** `allow` and `prefer` are not here: with them nobody sees when a connection goes without. */
const MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

/**
 * Without a mode there is no TLS. `verify-full` without `sslrootcert`, or with `system`, trusts the authorities that Node knows.
 * @throws BadInput for an unknown mode or a file that cannot be read
 */
export function tlsOptions(parameters: TlsParameters, env: NodeJS.ProcessEnv): ConnectionOptions | false {
  const mode =
    parameters.sslmode ?? (/^(1|true)$/.test(parameters.ssl ?? '') ? 'verify-full' : env.PGSSLMODE || 'disable');
  if (!MODES.includes(mode)) throw new BadInput(`sslmode cannot be "${mode}"`, [`it is one of ${MODES.join(', ')}`]);
  if (mode === 'disable') return false;
  const root = parameters.sslrootcert ?? env.PGSSLROOTCERT;
  const ca = root === 'system' ? undefined : contentOf('sslrootcert', root);
  const own = { cert: contentOf('sslcert', parameters.sslcert), key: contentOf('sslkey', parameters.sslkey) };
  if (mode === 'verify-full') return { ...own, ca };
  if (mode === 'require' && !ca) return { ...own, rejectUnauthorized: false };
  if (!ca) throw new BadInput('sslmode=verify-ca needs sslrootcert', ['or take sslmode=verify-full']);
  return { ...own, ca, checkServerIdentity: () => undefined }; // by whom it was signed, and not for which name
}

/** Workers are elsewhere than whoever started them, so only a whole path is the same file to both. */
function contentOf(name: string, path: string | undefined): string | undefined {
  if (!path) return undefined;
  if (!isAbsolute(path)) throw new BadInput(`${name} must be an absolute path, not ${path}`);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadInput(`${name} cannot be read: ${(error as Error).message}`);
  }
}
