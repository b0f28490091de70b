// Runs before each command: refuses unknown ones in one sentence, and makes plugins' commands fail the way ours do.
import type { Command, Hook, Interfaces } from '@oclif/core';
import { wantsJson } from '../argv.js';
import { BadInput, ExitCode, QueuectlError } from '../errors.js';
import { nearest } from '../job/nearest.js';
import { asPluginCode } from '../job-types/plugin-code.js';
import { unexpectedArgs, usageError } from '../usage-error.js';

const init: Hook.Init = async ({ id, argv, config }) => {
  const { additionalHelpFlags = [], additionalVersionFlags = [] } = config.pjson.oclif;
  if (!id || ['--help', '--version', ...additionalHelpFlags, ...additionalVersionFlags].includes(id)) return;
  const command = config.findCommand(id);
  if (command) {
    if (command.pluginName !== config.name) behaveLikeOurs(await command.load(), wantsJson(argv));
    return;
  }
  if (config.findTopic(id)) return;
  // On a terminal plugin-not-found offers to run the nearest command.
  const canAsk = process.stdin.isTTY && process.stdout.isTTY && !wantsJson(argv);
  if (!canAsk) throw asOclif(noSuchCommand(id, config));
};

export default init;

function noSuchCommand(id: string, config: Interfaces.Config): QueuectlError {
  if (id.startsWith('-')) {
    return new BadInput(`flags come after the command: queuectl COMMAND ${id}`, ['queuectl --help lists the commands']);
  }
  const words = id.split(':');
  for (let length = words.length - 1; length > 0; length--) {
    const command = words.slice(0, length).join(' ');
    if (!config.findCommand(words.slice(0, length).join(':'))) continue;
    return unexpectedArgs(words.slice(length), [`queuectl ${command} --help shows what it takes`]);
  }
  const topic = config.findTopic(words[0]!) ? `${words[0]} ` : '';
  const known = config.commands.filter((command) => !command.hidden).map((command) => command.id.replaceAll(':', ' '));
  const meant = nearest(words.join(' '), known) ?? nearest(words[0]!, known);
  const suggestions = meant ? [`did you mean queuectl ${meant}?`] : [];
  return new BadInput(`no such command: ${words.join(' ')}`, [
    ...suggestions,
    `queuectl ${topic}--help lists the commands`,
  ]);
}

/** oclif only lets an error out of a hook when it carries this. */
function asOclif(error: QueuectlError): QueuectlError {
  return Object.assign(error, { oclif: { exit: error.exitCode } });
}

function behaveLikeOurs(command: Command.Class, json: boolean): void {
  failLikeOurs(command);
  if (!json || !command.enableJsonFlag) return;
  // One document: `plugins install` shows what npm says.
  const { run } = command.prototype;
  Object.assign(command.prototype, {
    run(this: Command) {
      return asPluginCode(command.pluginName ?? command.id, () => run.call(this));
    },
  });
}

/** oclif's own `catch` answers a mistyped flag under `--json` with 16 kB and exit code 1. */
function failLikeOurs(command: Command.Class): void {
  if (!command.prototype || Object.hasOwn(command.prototype, 'catch')) return; // oclif takes any object with run()
  const name = command.id.replaceAll(':', ' ');
  const fail = async (thrown: Error & { oclif?: unknown }) => {
    const error = usageError(thrown, name) as typeof thrown;
    if (error.oclif || error instanceof QueuectlError) throw error;
    throw new QueuectlError('plugin', ExitCode.failure, `${name}: ${error.message}`, [], error);
  };
  Object.assign(command.prototype, { catch: fail });
}
