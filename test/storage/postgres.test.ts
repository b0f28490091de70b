// PostgreSQL passes the contract.
import { describe } from 'vitest';
import { newsContract } from './contract/news.js';
import { storageContract } from './contract.js';
import { openPostgresBackend } from './postgres-queue.js';

storageContract('PostgreSQL', openPostgresBackend);
describe('PostgreSQL: news', () => newsContract(openPostgresBackend));
