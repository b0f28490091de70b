// The settings, their values and where each comes from.
import type { SettingInfo } from '../settings.js';
import type { Screen } from './screen.js';
import { table } from './table.js';

export function settingsTable(settings: readonly SettingInfo[], screen: Screen): string {
  const columns = [{ head: 'setting' }, { head: 'value' }, { head: 'from' }, { head: 'meaning' }];
  const rows = settings.map(({ name, value, from, help }) => [
    name,
    { text: String(value), style: from === 'default' ? undefined : ('bold' as const) },
    from,
    { text: help, style: 'dim' as const },
  ]);
  return table(columns, rows, screen);
}
