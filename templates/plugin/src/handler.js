// The job type {{type}}: what its payload may be, and what is done with it.

/** @typedef {{ name: string, times: number }} Payload */

/** @type {import('queuectl').RunHandler<Payload>} */
export default {
  /** For `queuectl types show {{type}}`, and so that `-p times=3` is a number. */
  schema: {
    properties: {
      name: { type: 'string', description: 'whom to greet' },
      times: { type: 'integer', default: 1, description: 'how often' },
    },
    required: ['name'],
  },

  /** Throws to refuse. Before each run it is given what it returned, as JSON keeps it. */
  parse(input) {
    const { name, times = 1 } = /** @type {Partial<Payload>} */ (input ?? {});
    if (typeof name !== 'string' || name === '') throw new TypeError('name takes a text');
    if (!Number.isInteger(times) || times < 1) throw new RangeError('times takes a whole number from 1');
    return { name, times };
  },

  describe: ({ name }) => `greet ${name}`,

  async run({ name, times }, context) {
    for (let done = 0; done < times; done++) {
      context.signal.throwIfAborted();
      context.log(`Hello, ${name}!`);
      context.progress((done + 1) / times);
    }
    return { greeted: name, times };
  },
};
