// The handler of type node: finds the function, calls it, and hands on what it returns.
import { findFunction } from './find-function.js';
import { checkPayload, schema } from './payload.js';

/** @typedef {import('./payload.js').NodePayload} NodePayload */

const LONGEST_ARGS = 80;

/** @satisfies {import('queuectl').RunHandler<NodePayload>} */
const node = {
  // The code is not ours: it may block, exit, or leak. A process of its own also sees each module as it is now,
  // where a worker would keep the one that it imported first.
  isolated: true,

  parse: checkPayload,
  schema,

  describe({ module, export: name, args }) {
    const words = args.map((arg) => JSON.stringify(arg)).join(', ');
    const shown = words.length > LONGEST_ARGS ? `${words.slice(0, LONGEST_ARGS)}…` : words;
    return `${module} ${name}(${shown})`;
  },

  async run({ module, export: name, args, context: wanted }, context) {
    const work = await findFunction(module, name, context.job.cwd);
    return wanted ? work(...args, context) : work(...args);
  },
};

export default node;
