// Who may talk to the dashboard: decided from a request's headers alone, before anything else is looked at.
import { timingSafeEqual } from 'node:crypto';

/** What a request says about where it comes from. */
export interface Asked {
  method: string;
  path: string;
  /** By lower-case name. */
  header(name: string): string | undefined;
}

export interface GuardOptions {
  /** `127.0.0.1:7788` and the like: what browsers may call this server. */
  hosts: ReadonlySet<string>;
  token: string;
  /** Values of cookies that were given for the token. */
  isSession(value: string): boolean;
}

export interface Refusal {
  status: 401 | 403 | 405 | 415;
  code: string;
  message: string;
}

const SAFE = ['GET', 'HEAD'];
const METHODS = [...SAFE, 'POST'];
/** Answered without a token: they say nothing of the queue. */
const PAGE = /^\/(?:$|assets\/|favicon\.svg$|session$|healthz$)/;

/**
 * A page elsewhere that makes a browser talk to this server is told by the Host that it used (a name of its own that
 * it let point here), by the Origin, or by Sec-Fetch-Site.
 */
export function refusal(asked: Asked, { hosts, token, isSession }: GuardOptions): Refusal | undefined {
  const host = asked.header('host')?.toLowerCase();
  if (host === undefined || !hosts.has(host)) {
    return { status: 403, code: 'host', message: 'this server is not called so; see --host and --allow-host' };
  }
  if (!METHODS.includes(asked.method)) {
    return { status: 405, code: 'method', message: `${asked.method} is not answered here` };
  }
  const site = asked.header('sec-fetch-site');
  const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (foreign && asked.path !== '/')
    return { status: 403, code: 'origin', message: 'pages of other sites get nothing' };
  const origin = asked.header('origin');
  const bearer = bearerOf(asked.header('authorization'));
  if (!SAFE.includes(asked.method)) {
    const ours = origin === undefined ? bearer !== undefined : isOwn(origin, host);
    if (!ours) return { status: 403, code: 'origin', message: 'only this page, or a token, may change things' };
    if (!/^application\/json\b/.test(asked.header('content-type') ?? '')) {
      return { status: 415, code: 'content_type', message: 'send JSON, as application/json' };
    }
  }
  if (PAGE.test(asked.path)) return undefined;
  const session = cookieOf(asked.header('cookie'), cookieName(host));
  if ((bearer !== undefined && isSame(bearer, token)) || (session !== undefined && isSession(session)))
    return undefined;
  return { status: 401, code: 'token', message: 'give the token that queuectl dashboard printed' };
}

/** Behind a proxy the page comes by https. */
function isOwn(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** In a time that says nothing about how much of it was right. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Browsers do not tell the ports of a host apart in cookies. */
export function cookieName(host: string): string {
  return `queuectl_${/:(\d+)$/.exec(host)?.[1] ?? 80}`;
}

function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  const cookies = (header ?? '').split(';').map((one) => one.trim());
  return cookies.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** On every answer. Nothing of the page may come from elsewhere, be framed, or run what a job printed. */
export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};
