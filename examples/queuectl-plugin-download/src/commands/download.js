// queuectl download: enqueues a job of type download. An object with what oclif reads of a command's class,
// so that this plugin needs no package but itself.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkPayload } from '../payload.js';

/** @param {string} description @param {string} helpValue */
const text = (description, helpValue) => ({ type: 'option', description, helpValue });

/** @param {string} description */
const yes = (description) => ({ type: 'boolean', description });

const flags = {
  to: text("the file to write; else the URL's last word, in this folder", 'FILE'),
  sha256: text('the checksum that the file must have', 'HEX'),
  // These are enqueue's, and handed on to it.
  db: { ...text('path or URL of the queue', 'PATH|URL'), helpGroup: 'GLOBAL' },
  queue: text('the queue that it waits in', 'NAME'),
  priority: text('higher runs first', 'N'),
  wait: yes('stay until it has ended'),
  follow: yes('stay until it has ended, and show its output'),
};

const download = {
  summary: 'fetch a file in the background; resumed after interruptions',
  description: 'Adds a job of type download and prints its id. A worker fetches the file.',
  examples: [
    '<%= config.bin %> download https://example.com/disk.iso',
    '<%= config.bin %> download https://example.com/disk.iso --to images/disk.iso --sha256 9f86d0…',
    '<%= config.bin %> download https://example.com/disk.iso --follow',
  ],
  args: { url: { name: 'url', description: 'http or https', required: true } },
  flags,
  enableJsonFlag: true,

  /**
   * @param {string[]} argv
   * @param {{ runCommand(id: string, argv: string[]): Promise<unknown> }} config
   */
  async run(argv, config) {
    const { payload, handedOn } = readArguments(argv);
    return config.runCommand('enqueue', [JSON.stringify({ type: 'download', payload }), ...handedOn]);
  },
};

export default download;

/** @param {string[]} argv */
function readArguments(argv) {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        sha256: { type: 'string' },
        db: { type: 'string' },
        queue: { type: 'string' },
        priority: { type: 'string' },
        wait: { type: 'boolean' },
        follow: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
    const [url, ...more] = positionals;
    if (more.length > 0) throw new Error(`unexpected: ${more.join(' ')}`);
    const { to, sha256, ...others } = values;
    const checked = checkPayload({ url, to, sha256 });
    // Where it was typed, whatever folder the job may be given.
    const payload = { ...checked, to: resolve(checked.to) };
    const handedOn = Object.entries(others).map(([name, value]) =>
      value === true ? `--${name}` : `--${name}=${value}`,
    );
    return { payload, handedOn };
  } catch (error) {
    // By this oclif tells a mistake of the user's from one of ours.
    throw Object.assign(/** @type {Error} */ (error), { oclif: { exit: 2 } });
  }
}
