// The page itself: a few files that the build has put beside the program.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Hono } from 'hono';
import { program } from '../program.js';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** Their names change with what is in them. */
const FOR_GOOD = 'public, max-age=31536000, immutable';

/** Read once; whatever else is asked for is not there. */
export function assets(app: Hono): void {
  const folder = join(program().root, 'dist', 'page');
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)];
    if (!type) continue;
    const plain = readFileSync(join(folder, name));
    const packed = gzipSync(plain, { level: 9 });
    const path = name === 'index.html' ? '/' : name === 'favicon.svg' ? `/${name}` : `/assets/${name}`;
    app.get(path, (c) => {
      const gzip = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
      const caching = path.startsWith('/assets/') ? { 'cache-control': FOR_GOOD } : undefined;
      const headers = { 'content-type': type, vary: 'accept-encoding', ...caching };
      return c.body(gzip ? packed : plain, 200, gzip ? { ...headers, 'content-encoding': 'gzip' } : headers);
    });
  }
}
