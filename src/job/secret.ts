// Which variables hold secrets, and what is shown in their place.

const SECRET = '***';

const NAMES = /TOKEN|SECRET|PASS|CREDENTIAL|AUTH|_KEY$|_PAT$/i;

/** A URL with a user in it; a password that people typed may hold a slash, and a port is not one. */
const URL_WITH_USER = /:\/\/(?:[^\s/?#@]*|[^\s/@:]*:(?!\d+(?:\/|$))[^\s@]*)@/;

/** A value of a variable as it may be shown. */
export function masked(name: string, value: string): string {
  return value !== '' && (NAMES.test(name) || URL_WITH_USER.test(value)) ? SECRET : value;
}

/** All variables as they may be shown. */
export function maskedAll(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, masked(name, value)]));
}
