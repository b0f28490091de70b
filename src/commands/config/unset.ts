// queuectl config unset: gives a setting its default back.
import { QueuectlCommand, textArg } from '../../base-command.js';

export default class ConfigUnset extends QueuectlCommand {
  static override summary = 'give a setting its default value back';
  static override examples = ['<%= config.bin %> config unset max_retries'];
  static override args = { name: textArg({ description: 'name of the setting', required: true }) };

  async run() {
    const { args, flags } = await this.parse(ConfigUnset);
    const setting = await this.withQueue(flags, async (queue) => {
      await queue.unsetSetting(args.name);
      return queue.setting(args.name);
    });
    const why = setting.from === 'environment' ? ', from the environment' : ' again';
    if (!this.jsonEnabled()) this.logToStderr(`${setting.name} is ${setting.value}${why}`);
    return setting;
  }
}
