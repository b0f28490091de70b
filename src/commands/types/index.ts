// queuectl types: the job types that can be enqueued, and where they come from.
import { QueuectlCommand } from '../../base-command.js';
import { knownTypes } from '../../job-types/registry.js';
import { typeSummary } from '../../job-types/type-details.js';
import { typesTable } from '../../terminal/job-types.js';
import { screenOf } from '../../terminal/screen.js';

export default class Types extends QueuectlCommand {
  static override summary = 'list the job types, and the plugins that brought them';
  static override examples = ['<%= config.bin %> types', '<%= config.bin %> types show shell'];

  async run() {
    await this.parse(Types);
    const warnings = await this.knowAll();
    const types = knownTypes().map((type) => typeSummary(type, this.config.version));
    this.log(typesTable(types, screenOf(process.stdout, process.env)));
    return { types, warnings };
  }
}
