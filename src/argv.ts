// What must be settled about the command line before oclif sees it.

interface SplitArgv {
  /** For oclif: everything before the first `--`. */
  own: string[];
  /** Everything after the first `--`, untouched; undefined when there was none. oclif would reorder these. */
  rest: string[] | undefined;
}

export function splitArgv(argv: string[]): SplitArgv {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return { own: own.flatMap(freeJsonFlag), rest: end === -1 ? undefined : argv.slice(end + 1) };
}

/** `--json` takes no value, so `--json='{…}'` can only mean the flag and the job. */
function freeJsonFlag(word: string): string[] {
  return word.startsWith('--json=') ? ['--json', word.slice('--json='.length)] : [word];
}

export function wantsJson(argv: string[]): boolean {
  return splitArgv(argv).own.includes('--json');
}
