// Runs the compiled tests with node's runner. Suites that need more than Node skip themselves by
// name. `--slow` runs the long ones (`*.slow.js`) instead; other arguments choose files by name.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const compiled = fileURLToPath(new URL('../dist/test/', import.meta.url));
if (!existsSync(compiled)) {
  console.error('Nothing is built yet. Run `npm test`, which builds first.');
  process.exit(1);
}
/** A file that hangs fails; it does not hold up the rest for ever. */
const fileTimeoutMs = process.argv.includes('--slow') ? 1_800_000 : 900_000;
const ending = process.argv.includes('--slow') ? '.slow.js' : '.test.js';
/** Tests mostly wait for processes: two leave half of two cores idle. The slow ones load more. */
const filesAtOnce = process.argv.includes('--slow') ? 3 : 4;
/** Begun first, so that none of them goes on alone at the end; longest first. */
const longest = [
  'fault/kill-runs',
  'fault/kill-log',
  'fault/hundred-swaps',
  'fault/kill-postgres',
  'browser/console',
  'distillation/poisoning',
  'compose/workers-teacher',
  'compose/workers',
  'fault/kill',
  'fault/teacher-faults',
  'deploy/dashboard',
  'compose/keys',
  'fault/sigterm',
  'cli/control',
  'cli/add',
  'cli/serve',
  'cli/distil',
  'cli/replay',
  'compose/gateway',
];
/** What that list does not name comes after. */
function placeOf(path) {
  const place = longest.indexOf(path.replace(ending, ''));
  return place === -1 ? longest.length : place;
}
const only = process.argv.slice(2).filter((argument) => argument !== '--slow');
const files = readdirSync(compiled, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith(ending))
  .filter((path) => only.length === 0 || only.some((part) => path.includes(part)))
  .sort((one, other) => placeOf(one) - placeOf(other))
  .map((path) => join(compiled, path));
if (files.length === 0) {
  console.error(`No test file ends with ${ending}${only.length > 0 ? ` and has ${only}` : ''}.`);
  process.exit(1);
}
const result = spawnSync(
  process.execPath,
  [
    '--test',
    `--test-concurrency=${filesAtOnce}`,
    `--test-timeout=${fileTimeoutMs}`,
    '--test-reporter=spec',
    ...files,
  ],
  { stdio: 'inherit' },
);
process.exit(result.status ?? 1);
