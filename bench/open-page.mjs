// Asks a dashboard for what an open page asks for, as sparing as a browser on another machine is to this one.
import http from 'node:http';

/** What views ask for besides the ticks, and at most how often: src/web/page/load.ts. */
export const VIEWS = {
  overview: { path: '/series?minutes=60', apartMs: 2000 },
  jobs: { path: '/jobs?limit=100&reverse=true', apartMs: 500 },
};

/** @returns closes the page */
export async function openPage({ port, headers }, { path, apartMs }) {
  const agent = new http.Agent({ keepAlive: true });
  let over = false;
  let seen = 0;
  let asked = 0;
  const follow = async () => {
    while (!over) {
      const begun = performance.now();
      if (asked < seen) {
        asked = seen;
        await get(port, path, { ...headers, 'last-event-id': String(seen) }, agent);
      }
      const tookMs = performance.now() - begun;
      await new Promise((resolve) => setTimeout(resolve, Math.max(tookMs, apartMs - tookMs)));
    }
  };
  const ticks = http.get({ port, path: '/api/v1/events', headers }, (answer) => {
    answer.on('data', (bytes) => {
      const id = /id: (\d+)/.exec(bytes.latin1Slice(0, 60));
      if (id) seen = Number(id[1]);
    });
  });
  ticks.on('error', () => {}); // its own end
  await new Promise((resolve) => ticks.once('response', (answer) => answer.once('data', resolve)));
  const followed = follow();
  return async () => {
    over = true;
    ticks.destroy();
    await followed;
    agent.destroy();
  };
}

function get(port, path, headers, agent) {
  return new Promise((resolve, reject) => {
    const asked = http.get({ port, path: `/api/v1${path}`, headers, agent }, (answer) => {
      answer.resume();
      answer.once('end', resolve);
    });
    asked.once('error', reject);
  });
}
