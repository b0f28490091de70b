// Errors that own their sentence, their code, the next step and the exit code. Anything else that is thrown is a bug of ours.

/** Process exit codes, documented in docs/exit-codes.md. */
export const ExitCode = {
  done: 0,
  failure: 1,
  usage: 2,
  noSuchJob: 3,
  conflict: 4,
  cannotCreate: 73,
  io: 74,
  busy: 75,
  schema: 78,
  waitTimedOut: 124,
  interrupted: 130,
} as const;

export class QueuectlError extends Error {
  /** Stable name for scripts, such as `no_such_job`; it stands in `--json` errors. */
  readonly code: string;
  readonly exitCode: number;
  /** What to do next: commands or forms that would work. */
  readonly suggestions: string[];

  constructor(code: string, exitCode: number, message: string, suggestions: string[] = [], cause?: unknown) {
    super(message, { cause });
    this.name = this.constructor.name;
    this.code = code;
    this.exitCode = exitCode;
    this.suggestions = suggestions;
  }
}

/** The user typed or sent something that cannot be used. Nothing was stored. */
export class BadInput extends QueuectlError {
  constructor(message: string, suggestions: string[] = []) {
    super('bad_input', ExitCode.usage, message, suggestions);
  }
}

export class NoSuchJob extends QueuectlError {
  constructor(id: string) {
    super('no_such_job', ExitCode.noSuchJob, `no such job: ${id.length > 140 ? `${id.slice(0, 140)}…` : id}`, [
      'queuectl list shows the jobs there are',
    ]);
  }
}

/** A job was waited for and somebody removed it. */
export class JobRemoved extends QueuectlError {
  constructor(id: string) {
    super('no_such_job', ExitCode.noSuchJob, `job ${id} was removed while it was waited for`);
  }
}

/** What was waited for goes on. */
export class WaitTimedOut extends QueuectlError {
  constructor(message: string, suggestions: string[]) {
    super('wait_timed_out', ExitCode.waitTimedOut, message, suggestions);
  }
}

/** Ctrl-C, where there is something to say about it. */
export class Interrupted extends QueuectlError {
  constructor(message: string, suggestions: string[]) {
    super('interrupted', ExitCode.interrupted, message, suggestions);
  }
}

/** The job or its id is not in a state that allows this. */
export class Conflict extends QueuectlError {
  constructor(message: string, suggestions: string[] = []) {
    super('conflict', ExitCode.conflict, message, suggestions);
  }
}

export class CannotCreate extends QueuectlError {
  constructor(message: string, suggestions: string[] = [], cause?: unknown) {
    super('cannot_create', ExitCode.cannotCreate, message, suggestions, cause);
  }
}

/** The database or a file beside it cannot be read or written, or is not what it should be. */
export class StorageFault extends QueuectlError {
  constructor(message: string, suggestions: string[] = [], cause?: unknown) {
    super('storage', ExitCode.io, message, suggestions, cause);
  }
}

export class DatabaseBusy extends QueuectlError {
  constructor(waitedMs: number, cause?: unknown) {
    super(
      'busy',
      ExitCode.busy,
      `the database was busy for ${Math.round(waitedMs / 1000)} s`,
      ['try again; another program holds its write lock'],
      cause,
    );
  }
}

/** Two transactions were in each other's way, and this one was rolled back: on a server it is done again. */
export class RolledBack extends QueuectlError {
  constructor(cause?: unknown) {
    super('busy', ExitCode.busy, 'other programs changed the same jobs at the same time', ['try again'], cause);
  }
}

/** The connection broke while the server committed: it is done or not, and nobody was told. */
export class CommitUnknown extends QueuectlError {
  constructor(location: string, cause?: unknown) {
    super(
      'commit_unknown',
      ExitCode.io,
      `the connection to ${location} was lost while the change was committed: it may have been done or not`,
      ['queuectl show and queuectl status tell'],
      cause,
    );
  }
}

/** The database's schema does not fit this program. */
export class SchemaMismatch extends QueuectlError {
  constructor(message: string, suggestions: string[] = []) {
    super('schema', ExitCode.schema, message, suggestions);
  }
}

/** A worker could not be started or ended before it was ready. */
export class WorkerFault extends QueuectlError {
  constructor(message: string, suggestions: string[] = []) {
    super('worker', ExitCode.failure, message, suggestions);
  }
}

/** What a plugin brought does not work. */
export class PluginFault extends QueuectlError {
  constructor(plugin: string, message: string, cause?: unknown) {
    super('plugin', ExitCode.failure, `plugin ${plugin}: ${message}`, [`queuectl plugins inspect ${plugin}`], cause);
  }
}
