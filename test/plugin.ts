// Plugins of a test's own, and their being linked into a sandbox as `plugins link` does it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.js';

/** @param types the source of its hook's file. @returns its folder */
export function writePlugin(sandbox: Sandbox, name: string, types: string, version = '1.2.3'): string {
  const root = join(sandbox.folder, name);
  mkdirSync(root, { recursive: true });
  const hooks = { 'queuectl:job-types': './types.js' };
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({ name, version, type: 'module', files: ['types.js'], oclif: { hooks } }),
  );
  writeFileSync(join(root, 'types.js'), types);
  return root;
}

/** @param types the source of its hook's file. @returns its folder */
export function linkPlugin(sandbox: Sandbox, name: string, types: string): string {
  const root = writePlugin(sandbox, name, types);
  const list = join(sandbox.folder, '.local', 'share', 'queuectl', 'package.json');
  mkdirSync(join(list, '..'), { recursive: true });
  const { plugins } = linked(list);
  const all = [...plugins, { type: 'link', name, root }];
  writeFileSync(list, JSON.stringify({ name: 'queuectl', private: true, oclif: { schema: 1, plugins: all } }));
  return root;
}

function linked(list: string): { plugins: object[] } {
  try {
    return JSON.parse(readFileSync(list, 'utf8')).oclif;
  } catch {
    return { plugins: [] };
  }
}
