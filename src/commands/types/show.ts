// queuectl types show: how a job type runs, and what its payload takes.
import { QueuectlCommand, textArg } from '../../base-command.js';
import { knownType } from '../../job-types/registry.js';
import { typeDetails, typeSummary } from '../../job-types/type-details.js';
import { typeDetailsText } from '../../terminal/job-types.js';
import { screenOf } from '../../terminal/screen.js';

export default class TypesShow extends QueuectlCommand {
  static override summary = 'show a job type: how it runs, and the fields of its payload';
  static override examples = ['<%= config.bin %> types show shell', '<%= config.bin %> types show http --json'];
  static override args = { name: textArg({ description: 'name of the job type', required: true }) };

  async run() {
    const { args } = await this.parse(TypesShow);
    const handler = await this.handler(args.name);
    const details = typeDetails(typeSummary(knownType(args.name), this.config.version), handler);
    this.log(typeDetailsText(details, screenOf(process.stdout, process.env)));
    return details;
  }
}
