// Obeys a request to stop that comes through the worker's row, and keeps its deadline.
import { after } from '../queue/timer.js';
import type { StopOrder } from '../storage/stops.js';
import type { Worker } from './worker.js';

export class StopOrders {
  #cancelDeadline = () => {};

  constructor(private readonly worker: Worker) {}

  /** @returns whether the worker had not been told before */
  obey({ how, releaseInMs }: StopOrder): boolean {
    const isNew = !this.worker.stopping;
    this.worker.urge(how);
    this.#cancelDeadline();
    if (releaseInMs !== null) this.#cancelDeadline = after(releaseInMs, () => this.worker.urge('release'));
    return isNew;
  }
}
