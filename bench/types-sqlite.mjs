// plainjob as it is shipped, and what SQLite alone allows: a table, and one synced transaction for each hundred jobs.
import Database from 'better-sqlite3';
import { better, defineQueue, defineWorker } from 'plainjob';

const TYPE = 'nothing';
const silence = () => {};
const logger = { debug: silence, info: silence, warn: silence, error: console.error };
const AT_ONCE = 100;

export const plainjob = {
  async open(file) {
    const queue = openPlain(file);
    return {
      many: async (count) => queue.addMany(TYPE, Array(count).fill({})),
      close: async () => queue.close(),
    };
  },

  /** A worker of its own works on one job at a time. It commits without a sync (synchronous = NORMAL). */
  async work(file, { started, done }) {
    const queue = openPlain(file);
    const options = { queue, logger, onCompleted: () => done(1) };
    for (let n = 0; n < 10; n++) void defineWorker(TYPE, async () => started(), options).start();
  },
};

function openPlain(file) {
  return defineQueue({ connection: better(new Database(file)), logger });
}

export const raw = {
  async open(file) {
    const db = openRaw(file);
    db.exec(`create table if not exists jobs (id integer primary key, state integer not null default 0, attempt integer
      not null default 0, payload text not null, created_at integer not null, started_at integer, finished_at integer)`);
    db.exec('create index if not exists ready on jobs (id) where state = 0');
    const insert = db.prepare("insert into jobs (payload, created_at) values ('{}', ?)");
    const many = db.transaction((count) => {
      for (let n = 0; n < count; n++) insert.run(Date.now());
    });
    return { many: async (count) => many(count), close: async () => db.close() };
  },

  async work(file, { started, done }) {
    const db = openRaw(file);
    const finish = db.prepare('update jobs set state = 2, finished_at = ? where id = ? and state = 1');
    const claim = db.prepare(`update jobs set state = 1, attempt = attempt + 1, started_at = ?
      where id in (select id from jobs where state = 0 order by id limit ${AT_ONCE}) returning id, payload`);
    const turn = db.transaction((ended) => {
      const now = Date.now();
      for (const { id } of ended) finish.run(now, id);
      return claim.all(now);
    });
    const run = async () => {
      for (let ended = []; ; ) {
        const jobs = turn.immediate(ended);
        done(ended.length);
        if (jobs.length + ended.length === 0) return;
        for (const job of jobs) job.payload = JSON.parse(job.payload);
        ended = jobs;
        await Promise.all(jobs.map(started));
        await new Promise(setImmediate); // others of the process have their turn too
      }
    };
    void run();
  },
};

function openRaw(file) {
  const db = new Database(file, { timeout: 10_000 });
  db.pragma('journal_mode = wal');
  db.pragma('synchronous = full');
  return db;
}
