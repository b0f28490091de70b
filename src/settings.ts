// Every setting in one table: its name, default, check, help, and the environment variable that overrides it.
import { BadInput } from './errors.js';
import { parseDuration } from './job/units.js';

interface Setting<T> {
  default: T;
  help: string;
  /** Counts only as it is stored with the queue, where everybody sees it: no variable overrides it. */
  storedOnly?: true;
  /** Reads what a user typed. Throws a plain sentence for what does not fit. */
  read(text: string): T;
}

const number = (fallback: number, min: number, max: number, help: string): Setting<number> => ({
  default: fallback,
  help,
  read(text) {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max)) throw new Error(`a number from ${min} to ${max}`);
    return value;
  },
});

const whole = (fallback: number, min: number, max: number, help: string): Setting<number> => ({
  default: fallback,
  help,
  read(text) {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
      throw new Error(`a whole number from ${min} to ${max}`);
    }
    return value;
  },
});

/** Of each output file; a cap below the smallest would leave less than what is stored in any case. */
const outputCap = (fallback: number, smallest: number, help: string): Setting<number> => ({
  default: fallback,
  help,
  read(text) {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || (value < smallest && value !== 0)) {
      throw new Error(`a whole number of bytes from ${smallest}, or 0`);
    }
    return value;
  },
});

const oneOf = <T extends string>(fallback: T, choices: readonly T[], help: string): Setting<T> => ({
  default: fallback,
  help,
  read(text) {
    if (!choices.includes(text as T)) throw new Error(`one of ${choices.join(', ')}`);
    return text as T;
  },
});

/** How long something is kept; `forever` is never pruned. The value is kept as it was typed. */
const retention = (fallback: string, help: string): Setting<string> => ({
  default: fallback,
  help,
  read(text) {
    if (text === 'forever') return text;
    try {
      parseDuration(text);
    } catch {
      throw new Error('a duration such as 12h, 7d or 30d, or forever');
    }
    return text;
  },
});

const DAY_SEC = 86_400;

export const SETTINGS = {
  max_retries: whole(3, 0, 1_000_000, 'retries after the first attempt'),
  backoff_base: number(2, 0, 1000, 'a failed job waits backoff_base ** failures seconds'),
  backoff_max_sec: number(DAY_SEC, 0, 365 * DAY_SEC, 'longest wait before a retry, in seconds'),
  backoff_jitter: number(0, 0, 1, 'part of that wait which is drawn at random'),
  timeout_sec: number(0, 0, 365 * DAY_SEC, 'a running job is ended after so many seconds; 0 is never'),
  kill_grace_sec: number(5, 0, 3600, 'time between TERM and KILL when a job is ended, in seconds'),
  max_crashes: whole(3, 0, 1_000_000, 'lost attempts that are forgiven before a job goes to the DLQ'),
  max_output_bytes: outputCap(
    64 * 1024 * 1024,
    128 * 1024,
    'of a longer output the middle is cut, also while its job runs; 0 keeps it all',
  ),
  worker_poll_interval: number(
    5,
    0.05,
    3600,
    'safety net: an idle worker looks for jobs at least every so many seconds',
  ),
  lease_sec: number(60, 5, 3600, 'a worker that gives no sign of life for so many seconds has lost its jobs'),
  failure_rate: {
    ...number(0, 0, 1, 'part of the attempts that workers with QUEUECTL_CHAOS=1 make fail, to test what happens then'),
    storedOnly: true,
  },
  durability: oneOf('full', ['full', 'normal'], 'normal is faster and may lose acknowledged jobs when power fails'),
  log_level: oneOf(
    'info',
    ['trace', 'debug', 'info', 'warn', 'error'],
    'how much workers write to their log; what succeeds in the worker itself stands there at debug alone',
  ),
  keep_completed: retention('30d', 'completed and cancelled jobs are kept so long'),
  keep_dead: retention('forever', 'jobs in the DLQ are kept so long'),
  keep_outputs: retention('7d', 'output of ended jobs is kept so long'),
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { [K in SettingName]: ReturnType<(typeof SETTINGS)[K]['read']> };
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

export interface SettingInfo {
  name: SettingName;
  value: string | number;
  default: string | number;
  from: 'default' | 'stored' | 'environment';
  help: string;
}

/** `max_retries` can be overridden by QUEUECTL_MAX_RETRIES. Null where no variable counts. */
export function settingEnvName(name: SettingName): string | null {
  const setting: Setting<unknown> = SETTINGS[name];
  return setting.storedOnly ? null : `QUEUECTL_${name.toUpperCase()}`;
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** @throws BadInput that names what would fit */
export function readSetting(name: SettingName, text: string, source: string = name): string | number {
  try {
    return SETTINGS[name].read(text);
  } catch (error) {
    throw new BadInput(`${source} takes ${(error as Error).message}, not ${JSON.stringify(text)}`);
  }
}

/** Environment first, then what is stored with the queue, then the default. */
export function describeSettings(stored: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): SettingInfo[] {
  return SETTING_NAMES.map((name) => {
    const { default: fallback, help } = SETTINGS[name];
    const variable = settingEnvName(name);
    const fromEnv = variable === null ? undefined : env[variable];
    const text = fromEnv ?? stored.get(name);
    if (text === undefined) return { name, value: fallback, default: fallback, from: 'default', help };
    const value = readSetting(name, text, fromEnv === undefined ? name : variable!);
    return { name, value, default: fallback, from: fromEnv === undefined ? 'stored' : 'environment', help };
  });
}

export function resolveSettings(stored: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): Settings {
  const entries = describeSettings(stored, env).map(({ name, value }) => [name, value]);
  return Object.fromEntries(entries) as Settings;
}
