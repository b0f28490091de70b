// `npm start`: from a clean clone to a queue that did real work.
import { ensureReady } from './set-up.mjs';

ensureReady();
await import('./demo.mjs');
