// queuectl config get: the value of one setting.
import { QueuectlCommand, textArg } from '../../base-command.js';

export default class ConfigGet extends QueuectlCommand {
  static override summary = 'print the value of a setting';
  static override examples = ['<%= config.bin %> config get backoff_base'];
  static override args = { name: textArg({ description: 'name of the setting', required: true }) };

  async run() {
    const { args, flags } = await this.parse(ConfigGet);
    const setting = await this.withQueue(flags, (queue) => queue.setting(args.name));
    this.log(String(setting.value));
    return setting;
  }
}
