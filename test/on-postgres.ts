// The sandboxes of the tests that run once more on PostgreSQL have their queues there.
import { inject } from 'vitest';
import { newQueue } from './postgres-server.js';
import { useServer } from './sandbox.js';

useServer(() => newQueue(inject('postgres')));
