// The contract that every backend of the storage must pass.
import { describe } from 'vitest';
import type { OpenBackend } from './backend.js';
import { bulkContract } from './contract/bulk.js';
import { cancelContract } from './contract/cancel.js';
import { changeContract } from './contract/change.js';
import { claimContract } from './contract/claim.js';
import { countsContract } from './contract/counts.js';
import { enqueueContract } from './contract/enqueue.js';
import { expiryContract } from './contract/expiry.js';
import { jobTypesContract } from './contract/job-types.js';
import { keysContract } from './contract/keys.js';
import { poolsContract } from './contract/pools.js';
import { queuesContract } from './contract/queues.js';
import { settleContract } from './contract/settle.js';
import { waitContract } from './contract/wait.js';
import { workersContract } from './contract/workers.js';

/** @param open gives a new, empty store each time */
export function storageContract(name: string, open: OpenBackend): void {
  describe(`${name}: enqueue`, () => enqueueContract(open));
  describe(`${name}: keys`, () => keysContract(open));
  describe(`${name}: expiry`, () => expiryContract(open));
  describe(`${name}: claim`, () => claimContract(open));
  describe(`${name}: settle`, () => settleContract(open));
  describe(`${name}: cancel`, () => cancelContract(open));
  describe(`${name}: change`, () => changeContract(open));
  describe(`${name}: bulk`, () => bulkContract(open));
  describe(`${name}: wait`, () => waitContract(open));
  describe(`${name}: queues`, () => queuesContract(open));
  describe(`${name}: workers`, () => workersContract(open));
  describe(`${name}: pools`, () => poolsContract(open));
  describe(`${name}: job types`, () => jobTypesContract(open));
  describe(`${name}: counts`, () => countsContract(open));
}
