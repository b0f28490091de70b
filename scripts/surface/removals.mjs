// What a new surface takes away from the old one: for scripts that is a breaking change, while an addition is not.

/**
 * @param {Map<string, string>} wanted files by path
 * @param {string[]} leftFiles
 * @param {(path: string) => string} oldText empty where there was none
 * @returns {string[]} such as `docs/surface.json: .commands.list.flags.limit.type = "option"`
 */
export function removals(wanted, leftFiles, oldText) {
  const gone = [...leftFiles];
  for (const [path, text] of wanted) {
    const old = oldText(path);
    if (!path.endsWith('.json') || old === '') continue;
    const now = new Set(facts(JSON.parse(text)));
    for (const fact of facts(JSON.parse(old))) if (!now.has(fact)) gone.push(`${path}: ${fact}`);
  }
  return gone;
}

/**
 * One for each leaf. Of lists only the members count, not their order; words for people may change.
 * @param {unknown} value
 * @returns {string[]}
 */
function facts(value, where = '') {
  if (typeof value !== 'object' || value === null) return [`${where} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, one]) => {
    if (key === 'description' && typeof one === 'string') return [];
    return facts(one, Array.isArray(value) ? `${where}[]` : `${where}.${key}`);
  });
}
