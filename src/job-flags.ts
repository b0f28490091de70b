// Flags that describe a job, one for each key of its JSON. Numbers stay text here: they are checked where the JSON's are.
import { IF_EXISTS, KEY_SCOPES } from './job/request.js';
import { Flags } from './oclif.js';
import { ENV_MODES } from './process/caller.js';

export const jobFlags = {
  type: Flags.string({ description: 'job type [default: shell]' }),
  payload: Flags.string({ description: 'what its type needs, as JSON', helpValue: 'JSON', exclusive: ['field'] }),
  field: Flags.string({
    char: 'p',
    description: 'one field of the payload; := takes JSON',
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    dependsOn: ['type'],
  }),
  id: Flags.string({ description: 'what to call it; otherwise it gets a number' }),
  queue: Flags.string({ description: 'queue to put it into [default: default]' }),
  priority: Flags.string({ description: 'from -1000 to 1000; higher runs first [default: 0]', helpValue: 'N' }),
  'run-at': Flags.string({ description: 'not before this time, such as 2026-12-01T10:00:00Z', helpValue: 'TIME' }),
  delay: Flags.string({ description: 'not before so long from now, such as 5m', helpValue: 'DURATION' }),
  timeout: Flags.string({ description: 'end it after so long, such as 90s', helpValue: 'DURATION' }),
  'max-retries': Flags.string({ description: 'retries after the first attempt', helpValue: 'N' }),
  'backoff-base': Flags.string({ description: 'wait N ** failures seconds before a retry', helpValue: 'N' }),
  key: Flags.string({ description: 'only one unfinished job may have it', helpValue: 'TEXT' }),
  'key-scope': Flags.option({ description: 'among which jobs the key is unique', options: KEY_SCOPES })(),
  'if-exists': Flags.option({ description: 'when a job has this key or id [default: error]', options: IF_EXISTS })(),
  'expires-in': Flags.string({ description: 'cancel it if it has not started by then', helpValue: 'DURATION' }),
  env: Flags.string({
    description: 'give it a variable',
    helpValue: 'NAME[=VALUE]',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'env-mode': Flags.option({ description: 'how much of the environment it gets', options: ENV_MODES })(),
  cwd: Flags.string({ description: 'run it in this folder', helpValue: 'FOLDER' }),
  'split-output': Flags.boolean({ description: 'keep its standard error apart: logs --stderr' }),
};
