// SQLite passes the contract.
import { storageContract } from './contract.js';
import { openSqliteBackend } from './temporary-queue.js';

storageContract('SQLite', openSqliteBackend);
