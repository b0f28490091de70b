// A URL as it may be shown: in lists, logs and errors.

const SECRET = /token|secret|pass|pwd|key|auth|sig|cred|code|session/i;

/** Without its user, its fragment, and the values of parameters that sound like secrets. @param {string} text */
export function maskedUrl(text) {
  const url = new URL(text);
  if (url.username || url.password) {
    url.username = '***';
    url.password = '';
  }
  url.hash = '';
  const secret = [...url.searchParams.keys()].filter((name) => SECRET.test(name));
  for (const name of secret) url.searchParams.set(name, '***');
  return url.href;
}
