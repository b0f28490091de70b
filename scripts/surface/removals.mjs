// What a new surface takes away from the old one, or newly demands: for scripts that is a breaking change.

/** Facts of a flag or an argument that allow less; without them it takes more than before. */
const DEMAND = /^(\.commands\..*)\.(required|exclusive\[\]|dependsOn\[\]) = /;

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
    const before = new Set(facts(JSON.parse(old)));
    const now = new Set(facts(JSON.parse(text)));
    for (const fact of before) if (!now.has(fact) && !isDemandAmong(now, fact)) gone.push(`${path}: ${fact}`);
    for (const fact of now) if (!before.has(fact) && isDemandAmong(before, fact)) gone.push(`${path}: new: ${fact}`);
  }
  return gone;
}

/**
 * Whether it demands something of a flag or an argument that is there, with that demand or without it.
 * @param {Set<string>} facts
 * @param {string} fact
 */
function isDemandAmong(facts, fact) {
  const whose = DEMAND.exec(fact)?.[1];
  return whose !== undefined && [...facts].some((one) => one.startsWith(`${whose} `) || one.startsWith(`${whose}.`));
}

/**
 * One for each leaf. Of lists only the members count, not their order; words for people may change.
 * @param {unknown} value
 * @returns {string[]}
 */
function facts(value, where = '') {
  if (typeof value !== 'object' || value === null || isEmpty(value)) return [`${where} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, one]) => {
    if (key === 'description' && typeof one === 'string') return [];
    return facts(one, Array.isArray(value) ? `${where}[]` : `${where}.${key}`);
  });
}

/**
 * As an argument is of which nothing else is told: `{}`.
 * @param {object} value
 */
function isEmpty(value) {
  return !Array.isArray(value) && Object.keys(value).length === 0;
}
