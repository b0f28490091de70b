// queuectl config set: changes a setting of this queue.
import { QueuectlCommand, textArg } from '../../base-command.js';
import { settingEnvName } from '../../settings.js';

export default class ConfigSet extends QueuectlCommand {
  static override summary = 'change a setting; running workers take it up at once';
  static override examples = [
    '<%= config.bin %> config set max_retries 3',
    '<%= config.bin %> config set worker_poll_interval 1',
  ];

  static override args = {
    name: textArg({ description: 'name of the setting', required: true }),
    value: textArg({ description: 'its new value', required: true }),
  };

  async run() {
    const { args, flags } = await this.parse(ConfigSet);
    const setting = await this.withQueue(flags, async (queue) => {
      await queue.setSetting(args.name, args.value);
      return queue.setting(args.name);
    });
    if (!this.jsonEnabled()) this.logToStderr(`${setting.name} is now ${args.value}`);
    if (setting.from === 'environment') {
      this.logToStderr(`here ${settingEnvName(setting.name)} overrides it with ${setting.value}`);
    }
    return setting;
  }
}
