// Opens the queue that it is told and says which store it is, or how that failed. Given no path, it takes one by message each time.
import { openDatabase } from '../../../src/storage/open-database.js';
import { SettingsStore } from '../../../src/storage/settings.js';

async function storeAt(location: string): Promise<{ id: string } | { error: string; exitCode: number | undefined }> {
  try {
    const database = await openDatabase(location);
    const id = await new SettingsStore(database).storeId();
    await database.close();
    return { id };
  } catch (error) {
    const { message, exitCode } = error as Error & { exitCode?: number };
    return { error: message, exitCode };
  }
}

const umask = process.env.TEST_UMASK;
if (umask !== undefined) process.umask(Number(umask));

const [location] = process.argv.slice(2);
if (location !== undefined) {
  const answer = await storeAt(location);
  console.log(JSON.stringify(answer));
  if ('error' in answer) process.exitCode = answer.exitCode ?? 1;
} else {
  process.on('message', async (path: string) => process.send!(await storeAt(path)));
  process.send!('ready');
}
