// Settings: where a value comes from, and which values fit.
import { expect, test } from 'vitest';
import { BadInput } from '../src/errors.js';
import {
  describeSettings,
  isSettingName,
  readSetting,
  resolveSettings,
  SETTING_NAMES,
  SETTINGS,
} from '../src/settings.js';

const none = new Map<string, string>();

test('the defaults are the documented ones: 3 retries after 2, 4 and 8 seconds', () => {
  expect(resolveSettings(none, {})).toMatchObject({
    max_retries: 3,
    backoff_base: 2,
    backoff_jitter: 0,
    max_crashes: 3,
    durability: 'full',
    keep_completed: '30d',
    keep_dead: 'forever',
    keep_outputs: '7d',
  });
});

test('the environment comes before what is stored, and that before the default', () => {
  const stored = new Map([
    ['max_retries', '5'],
    ['backoff_base', '3'],
  ]);
  const infos = describeSettings(stored, { QUEUECTL_MAX_RETRIES: '7' });
  const found = (name: string) => infos.find((info) => info.name === name);
  expect(found('max_retries')).toMatchObject({ value: 7, from: 'environment', default: 3 });
  expect(found('backoff_base')).toMatchObject({ value: 3, from: 'stored', default: 2 });
  expect(found('timeout_sec')).toMatchObject({ value: 0, from: 'default' });
});

test('a value in the environment that does not fit is refused by the name of its variable', () => {
  expect(() => resolveSettings(none, { QUEUECTL_MAX_RETRIES: 'many' })).toThrow(
    'QUEUECTL_MAX_RETRIES takes a whole number',
  );
});

test('each default is a value that its setting takes', () => {
  for (const name of SETTING_NAMES)
    expect(readSetting(name, String(SETTINGS[name].default))).toBe(SETTINGS[name].default);
});

test.each([
  ['max_retries', '0', 0],
  ['backoff_base', '1.5', 1.5],
  ['backoff_jitter', '1', 1],
  ['worker_poll_interval', '0.05', 0.05],
  ['log_level', 'debug', 'debug'],
  ['durability', 'normal', 'normal'],
  ['max_output_bytes', '0', 0],
  ['max_output_bytes', '131072', 131_072],
  ['keep_completed', 'forever', 'forever'],
  ['keep_completed', '12h', '12h'],
] as const)('%s takes %s', (name, text, value) => {
  expect(readSetting(name, text)).toBe(value);
});

test.each([
  ['max_retries', ''],
  ['max_retries', ' '],
  ['max_retries', '-1'],
  ['max_retries', '1.5'],
  ['max_retries', 'NaN'],
  ['max_retries', 'Infinity'],
  ['max_retries', '3 times'],
  ['backoff_base', '1001'],
  ['backoff_jitter', '1.1'],
  ['worker_poll_interval', '0'],
  ['lease_sec', '1'],
  ['log_level', 'loud'],
  ['durability', 'FULL'],
  ['keep_dead', 'always'],
  ['keep_dead', '-1d'],
] as const)('%s refuses %j and says what it takes', (name, text) => {
  expect(() => readSetting(name, text)).toThrow(BadInput);
  expect(() => readSetting(name, text)).toThrow(new RegExp(`^${name} takes`));
});

test('only the names of the table are settings', () => {
  expect(isSettingName('max_retries')).toBe(true);
  expect(isSettingName('toString')).toBe(false);
  expect(isSettingName('store.id')).toBe(false);
});
