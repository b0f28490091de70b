// The token, and the cookies that browsers get for it: a cookie can be read by no script, and a link that was copied holds none.
import { createHash, randomBytes } from 'node:crypto';
import { BadInput } from '../errors.js';

const SHORTEST = 16;
const MOST = 1000;

export class Sessions {
  /** Hashes: looking one up tells nothing about the others. */
  readonly #known = new Set<string>();

  /** @returns the value of a new cookie */
  begin(): string {
    const value = randomBytes(32).toString('base64url');
    if (this.#known.size >= MOST) this.#known.delete(this.#known.values().next().value!); // the oldest
    this.#known.add(hashOf(value));
    return value;
  }

  knows(value: string): boolean {
    return this.#known.has(hashOf(value));
  }
}

/** The one in QUEUECTL_DASHBOARD_TOKEN, for scripts and Prometheus; else a new one. @throws BadInput */
export function tokenOf(env: NodeJS.ProcessEnv): string {
  const given = env.QUEUECTL_DASHBOARD_TOKEN;
  if (given === undefined) return randomBytes(24).toString('base64url');
  if (/^[\x21-\x7e]+$/.test(given) && given.length >= SHORTEST) return given;
  throw new BadInput(`QUEUECTL_DASHBOARD_TOKEN takes ${SHORTEST} or more printable characters without spaces`, [
    'export QUEUECTL_DASHBOARD_TOKEN=$(openssl rand -hex 24)',
  ]);
}

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('base64');
}
