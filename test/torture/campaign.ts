// A campaign: workers under load are killed at random moments, with their launchers and jobs, until it is enough.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { readLedger } from '../ledger.js';
import { Random } from '../random.js';
import { Sandbox } from '../sandbox.js';
import { randomJob, type TortureJob } from './jobs.js';
import { type Strike, strike } from './strikes.js';
import { judge } from './verdict.js';

export interface CampaignOptions {
  kills: number;
  seed: number;
  /** Leave jobs and the shells around them alone. */
  workersOnly?: boolean;
  say?: (line: string) => void;
}

export interface Report {
  seed: number;
  strikes: Partial<Record<Strike | 'enqueue', number>>;
  /** Connections that were ended at the server; 0 on SQLite. */
  connectionsCut: number;
  processesKilled: number;
  acknowledged: number;
  starts: number;
  ends: number;
  seconds: number;
  violations: string[];
}

const WORKERS = 3;
const CONCURRENCY = 3;
/** Jobs that wait or run at any time. */
const LOAD = 30;
const PATIENCE_MS = 120_000;

const WAITING = ['pending', 'processing', 'failed'] as const;

export async function runCampaign({
  kills,
  seed,
  workersOnly = false,
  say = () => {},
}: CampaignOptions): Promise<Report> {
  const startedAt = performance.now();
  const sandbox = new Sandbox();
  const campaign = new Campaign(sandbox, new Random(seed), workersOnly, say);
  try {
    await campaign.run(kills);
    const lines = readLedger(sandbox.ledger);
    const count = (what: string) => lines.filter((line) => line.what === what).length;
    const { database } = await sandbox.queue();
    const violations = [
      ...campaign.troubles,
      ...(await judge({ database, lines, acknowledged: campaign.acknowledged, workersOnly })),
    ];
    return {
      seed,
      strikes: campaign.strikes,
      connectionsCut: campaign.connectionsCut,
      processesKilled: campaign.processesKilled,
      acknowledged: campaign.acknowledged.length,
      starts: count('start'),
      ends: count('end'),
      seconds: Math.round((performance.now() - startedAt) / 1000),
      violations,
    };
  } finally {
    await sandbox.remove();
  }
}

class Campaign {
  readonly acknowledged: TortureJob[] = [];
  readonly strikes: Report['strikes'] = {};
  readonly troubles: string[] = [];
  connectionsCut = 0;
  processesKilled = 0;
  #jobs = 0;
  #over = false;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly random: Random,
    private readonly workersOnly: boolean,
    private readonly say: (line: string) => void,
  ) {}

  async run(kills: number): Promise<void> {
    const { sandbox } = this;
    for (const [name, value] of Object.entries({ max_crashes: '1000000', backoff_base: '0', kill_grace_sec: '0.5' })) {
      await sandbox.must('config', 'set', name, value);
    }
    const keeping = this.#keepWorkers();
    const loading = this.#keepLoad();
    const cutting = this.#cutConnections();
    try {
      for (let done = 0; done < kills; ) {
        await sleep(this.random.between(0, 500));
        const { how, killed } = this.random.chance(0.05)
          ? await this.#killAnEnqueue()
          : await strike(this.random, await sandbox.queue(), this.workersOnly);
        if (killed === 0) continue;
        this.strikes[how] = (this.strikes[how] ?? 0) + 1;
        this.processesKilled += killed;
        if (++done % 50 === 0) this.say(`${done} of ${kills} strikes, ${this.acknowledged.length} jobs`);
      }
      this.#over = true;
      await loading;
      await this.#settled();
    } finally {
      this.#over = true;
      await Promise.all([loading, keeping, cutting]);
    }
    await sandbox.must('worker', 'stop');
  }

  /** As somebody would who watches them: `worker start` again whenever some are missing. */
  async #keepWorkers(): Promise<void> {
    while (!this.#over || (await this.#unfinished()) > 0) {
      const args = ['worker', 'start', '--count', String(WORKERS), '--concurrency', String(CONCURRENCY)];
      const { code, stderr } = await this.sandbox.run(...args);
      // A worker that was killed while it started is told as such.
      if (
        code !== 0 &&
        !/ended without a word|did not start|cannot reach PostgreSQL|connection to .* was lost/.test(stderr)
      )
        this.troubles.push(`worker start: ${stderr}`);
      await sleep(200);
    }
  }

  /** A server's connections break as well, in the middle of anything. */
  async #cutConnections(): Promise<void> {
    const { kysely, dialect, location } = (await this.sandbox.queue()).database;
    const ours = `%${/schema=(\w+)/.exec(location)?.[1]}%`;
    while (dialect.name === 'postgres' && !this.#over) {
      const cut = sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'queuectl' and pid <> pg_backend_pid()
          and query like ${ours} and random() < 0.3`;
      await cut.execute(kysely).then(
        ({ rows }) => (this.connectionsCut += rows.length),
        () => {}, // it was cut itself
      );
      await sleep(this.random.between(0, 1000));
    }
  }

  async #keepLoad(): Promise<void> {
    while (!this.#over) {
      const missing = LOAD - (await this.#unfinished());
      for (let n = 0; n < missing; n++) {
        const job = this.#newJob();
        await this.sandbox.enqueue(job.request);
        this.acknowledged.push(job);
      }
      await sleep(50);
    }
  }

  /** What it printed counts, wherever it was killed. */
  async #killAnEnqueue(): Promise<{ how: 'enqueue'; killed: number }> {
    const job = this.#newJob();
    const child = this.sandbox.start(['enqueue', JSON.stringify(job.request)]);
    let told = '';
    child.stdout!.on('data', (text) => {
      told += text;
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    await sleep(this.random.between(0, 300));
    child.kill('SIGKILL');
    await closed;
    if (told === `${job.request.id}\n`) this.acknowledged.push(job);
    return { how: 'enqueue', killed: 1 };
  }

  #newJob(): TortureJob {
    return randomJob(this.random, ++this.#jobs, this.sandbox.ledger);
  }

  async #unfinished(): Promise<number> {
    const { counts } = await (await this.sandbox.queue()).overview();
    return WAITING.reduce((sum, state) => sum + counts[state], 0);
  }

  async #settled(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while ((await this.#unfinished()) > 0) {
      if (performance.now() > deadline) {
        this.troubles.push(`${await this.#unfinished()} jobs have not ended after ${PATIENCE_MS / 1000} s`);
        return;
      }
      await sleep(200);
    }
  }
}
