// Lists of status codes, also as text: 404 is one code, "2xx" a hundred, "404,5xx" both.

/** @typedef {number | string} Status */

/**
 * @param {string} key where it stands in the payload, for the refusal
 * @param {unknown} value
 * @returns {Status[]}
 */
export function checkStatuses(key, value) {
  const list = Array.isArray(value) ? value : String(value).split(',');
  return list.map((status) => {
    const text = String(status).toLowerCase();
    if (/^[1-5]xx$/.test(text)) return text;
    if (/^[1-5]\d\d$/.test(text)) return Number(text);
    throw new Error(`${key} takes status codes such as 200,404 or 2xx, not ${JSON.stringify(value)}`);
  });
}

/** @param {readonly Status[]} statuses @param {number} status */
export function includesStatus(statuses, status) {
  return statuses.includes(status) || statuses.includes(`${Math.floor(status / 100)}xx`);
}
