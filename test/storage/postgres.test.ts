// PostgreSQL passes the contract.
import { storageContract } from './contract.js';
import { openPostgresBackend } from './postgres-queue.js';

storageContract('PostgreSQL', openPostgresBackend);
