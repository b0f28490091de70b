// SQLite passes the contract.
import { describe } from 'vitest';
import { newsContract } from './contract/news.js';
import { storageContract } from './contract.js';
import { openSqliteBackend } from './temporary-queue.js';

storageContract('SQLite', openSqliteBackend);
describe('SQLite: news', () => newsContract(openSqliteBackend));
