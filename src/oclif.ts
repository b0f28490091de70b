// The parts of oclif that we use. Its index also compares Node's version with a range, and loads all the others: 5 ms.
export * as Args from '@oclif/core/args';
export { Command } from '@oclif/core/command';
export { type Config, Plugin } from '@oclif/core/config';
export * as Flags from '@oclif/core/flags';
export { run } from '@oclif/core/run';
export { settings } from '@oclif/core/settings';
