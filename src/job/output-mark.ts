// What the detail of an attempt says about an output that may not be whole.

/** It ended, or was seen, with a full disk behind the last byte that fitted. */
export const DISK_WAS_FULL = 'output may be truncated: the disk was full';
/** The job ran without a file for its output. */
export const NO_FILE_FITTED = 'output truncated: the disk was full, so that it has no file';

export function isTruncated(detail: string | null): boolean {
  return detail !== null && (detail.includes(DISK_WAS_FULL) || detail.includes(NO_FILE_FITTED));
}
