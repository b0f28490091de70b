// Enqueues so many jobs, one acknowledged after the other, into a queue that exists.

import { IntakeStore } from '../../../src/storage/intake.js';
import { openDatabase } from '../../../src/storage/open-database.js';
import { newJob, newToken } from '../backend.js';

const [location, count] = process.argv.slice(2);
const database = await openDatabase(location!);
const intake = new IntakeStore(database);
for (let i = 0; i < Number(count); i++) await intake.insert([newJob()], newToken());
await database.close();
