// queuectl config show: all settings.
import { QueuectlCommand } from '../../base-command.js';
import { screenOf } from '../../terminal/screen.js';
import { settingsTable } from '../../terminal/settings-table.js';

export default class ConfigShow extends QueuectlCommand {
  static override summary = 'show the settings, their values and where each comes from';
  static override examples = ['<%= config.bin %> config show', '<%= config.bin %> config show --json'];

  async run() {
    const { flags } = await this.parse(ConfigShow);
    const settings = await this.withQueue(flags, (queue) => queue.describeSettings());
    this.log(settingsTable(settings, screenOf(process.stdout, process.env)));
    return { settings };
  }
}
