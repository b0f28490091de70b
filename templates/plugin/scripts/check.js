// Checks the types that the comments name, where TypeScript is installed. There is nothing to build: the source is what runs.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

let tsc;
try {
  tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
} catch {
  console.log('TypeScript is not installed, so types are not checked: npm install --save-dev typescript');
}
if (tsc) process.exitCode = spawnSync(process.execPath, [tsc], { stdio: 'inherit' }).status ?? 1;
