// What there is to say after a queue was exported or imported.
import type { Exported } from '../queue/export.js';
import type { Imported } from '../queue/import.js';

export function counted(jobs: number): string {
  return jobs === 1 ? '1 job' : `${jobs} jobs`;
}

/** @param folder where the files of long outputs are */
export function exportNotes({ masked, running, long }: Exported, folder: string): string[] {
  const notes = [];
  if (running > 0) {
    notes.push(`${counted(running)} ran meanwhile and will run again where this is imported: stop the workers first`);
  }
  if (masked > 0) {
    notes.push(`secrets of ${counted(masked)} are masked, and import will refuse them: see --with-secrets`);
  }
  if (long > 0) notes.push(`of ${outputs(long)} only the first and last part came along; all of it is in ${folder}`);
  return notes;
}

export function importNotes({ before, shift, lost, long }: Imported): string[] {
  const notes = [];
  if (before > 0) notes.push(`${counted(before)} had been imported before`);
  if (shift > 0) notes.push(`their numbers were taken, so they have new ones: each is ${shift} higher`);
  if (lost > 0) notes.push(`${counted(lost)} ran when the export was made, and will run again`);
  if (long > 0) notes.push(`of ${outputs(long)} only the first and last part came along`);
  return notes;
}

function outputs(count: number): string {
  return count === 1 ? 'a long output' : `${count} long outputs`;
}
