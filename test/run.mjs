// Runs the compiled tests with node's runner. Suites that need more than Node skip themselves by
// name.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const compiled = fileURLToPath(new URL('../dist/test/', import.meta.url));
if (!existsSync(compiled)) {
  console.error('Nothing is built yet. Run `npm test`, which builds first.');
  process.exit(1);
}
const only = process.argv.slice(2);
const files = readdirSync(compiled, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.js'))
  .filter((path) => only.length === 0 || only.some((part) => path.includes(part)))
  .map((path) => join(compiled, path));
const result = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-reporter=spec', ...files],
  { stdio: 'inherit' },
);
process.exit(result.status ?? 1);
