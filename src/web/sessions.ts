// The token, and the cookies that browsers get for it: a cookie can be read by no script, and a link that was copied holds none.
import { createHash, randomBytes } from 'node:crypto';
import { BadInput } from '../errors.js';

const SHORTEST = 16;
/** What RFC 6750 lets stand behind `Bearer`; in an address it stands as it is. */
const BEARER = /^[\w.~+/=-]+$/;
const MOST = 1000;
/** A browser may take its time to start. */
const TICKET_MS = 60_000;

export class Sessions {
  /** Hashes: looking one up tells nothing about the others. */
  readonly #known = new Set<string>();
  #ticket: { hash: string; until: number } | undefined;

  /** @returns the value of a new cookie */
  begin(): string {
    const value = randomBytes(32).toString('base64url');
    if (this.#known.size >= MOST) this.#known.delete(this.#known.values().next().value!); // the oldest
    this.#known.add(hashOf(value));
    return value;
  }

  /** @returns what begins one session, once and soon: unlike the token it may stand where other users can read it */
  ticket(): string {
    const value = randomBytes(32).toString('base64url');
    this.#ticket = { hash: hashOf(value), until: performance.now() + TICKET_MS };
    return value;
  }

  /** @returns whether it was the ticket, which is used up now */
  redeem(value: string): boolean {
    const ticket = this.#ticket;
    if (ticket?.hash !== hashOf(value) || performance.now() > ticket.until) return false;
    this.#ticket = undefined;
    return true;
  }

  knows(value: string): boolean {
    return this.#known.has(hashOf(value));
  }
}

/** The one in QUEUECTL_DASHBOARD_TOKEN, for scripts and Prometheus; else a new one. @throws BadInput */
export function tokenOf(env: NodeJS.ProcessEnv): string {
  const given = env.QUEUECTL_DASHBOARD_TOKEN;
  if (given === undefined) return randomBytes(24).toString('base64url');
  if (BEARER.test(given) && given.length >= SHORTEST) return given;
  throw new BadInput(`QUEUECTL_DASHBOARD_TOKEN takes ${SHORTEST} or more of A-Z a-z 0-9 - . _ ~ + / =`, [
    'export QUEUECTL_DASHBOARD_TOKEN=$(openssl rand -hex 24)',
  ]);
}

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('base64');
}
