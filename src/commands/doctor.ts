// queuectl doctor: facts to paste into a report.
import { QueuectlCommand } from '../base-command.js';
import { examine } from '../examine-queue.js';
import { findTypes } from '../plugins/find-types.js';
import { hasProblem } from '../queue/finding.js';
import { findingLines } from '../terminal/finding-lines.js';
import { screenOf } from '../terminal/screen.js';

export default class Doctor extends QueuectlCommand {
  static override summary = 'examine the program, the queue and its surroundings; for a report, without secrets';
  static override description = 'Exits with 1 when there is a problem. Changes nothing.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];

  async run() {
    const { flags } = await this.parse(Doctor);
    const plugins = [...this.config.plugins.values()].filter(({ type }) => type === 'user' || type === 'link');
    const told = plugins.map(({ name, version }) => `${name} ${version}`);
    const findings = await examine(flags.db, process.env, told, await findTypes(plugins));
    this.log(findingLines(findings, screenOf(process.stdout, process.env)));
    if (hasProblem(findings)) process.exitCode = 1;
    return { ok: !hasProblem(findings), findings };
  }
}
