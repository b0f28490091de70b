// The payload of type node, and what is refused when a job is enqueued. The module itself is looked up when the job runs.

/**
 * @typedef {object} NodePayload
 * @property {string} module
 * @property {string} export
 * @property {unknown[]} args
 * @property {boolean} [context]
 */

/** @type {import('queuectl').PayloadSchema} */
export const schema = {
  required: ['module'],
  properties: {
    module: { type: 'string', description: "path of a file, absolute or from the job's folder" },
    export: { type: 'string', description: 'name of the function', default: 'default' },
    args: { type: 'array', description: 'what it is called with', default: [] },
    context: { type: 'boolean', description: "give it the job's context as its last argument", default: false },
  },
};

/**
 * @param {unknown} input
 * @returns {NodePayload}
 */
export function checkPayload(input) {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new Error('a node payload is an object, such as {"module":"./report.js"}');
  }
  const { module, export: name = 'default', args = [], context = false, ...others } = Object(input);
  const other = Object.keys(others)[0];
  if (other !== undefined) {
    throw new Error(`a node payload has no key "${other}"; it has ${Object.keys(schema.properties).join(', ')}`);
  }
  if (module === undefined) throw new Error('module is missing');
  if (typeof module !== 'string' || module === '' || module.includes('\0') || /^[a-z]+:/.test(module)) {
    throw new Error("module takes the path of a file, absolute or from the job's folder");
  }
  if (typeof name !== 'string' || name === '') throw new Error('export takes the name of a function');
  if (!Array.isArray(args)) throw new Error('args takes a list, such as ["a.jpg", 200]');
  if (typeof context !== 'boolean') throw new Error('context takes true or false');
  return { module, export: name, args, ...(context ? { context } : {}) };
}
