// Does the set-up that `npm start` and `npm test` promise: installs packages and builds, each only
// when something changed since the last time. Then it becomes the command that its arguments name,
// in this same process: a signal to `npm start` reaches the gateway and no shell in between. Plain
// JavaScript on Node's own modules: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = process.argv.slice(2);
const forceBuild = command[0] === '--force-build';

requireNode(20, 19);
onceFor('node_modules/.understudy-install', hashOf(['package-lock.json', '.npmrc']), () => {
  step('Installing packages (npm ci)', 'npm', [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
});
onceFor(
  'dist/.understudy-build',
  hashOf(['package-lock.json', 'tsconfig.json', 'src/make-program.mjs', ...sources()]),
  () => {
    for (const folder of ['dist/src', 'dist/test', 'dist/loadtest', 'dist/tsconfig.tsbuildinfo'])
      // A deleted source must not live on as a stale build.
      rmSync(join(root, folder), { recursive: true, force: true });
    step('Building the gateway (tsc)', process.execPath, [
      'node_modules/typescript/bin/tsc',
      '-p',
      '.',
    ]);
    step('Making one program of it (rolldown)', process.execPath, ['src/make-program.mjs']);
    step('Building the console (vite)', process.execPath, [
      'node_modules/vite/bin/vite.js',
      'build',
      'src/console',
      '--logLevel',
      'warn',
    ]);
  },
);
if (command.length > 0 && !forceBuild)
  await import(new URL('../dist/program/main.js', import.meta.url));

function requireNode(majorMin, minorMin) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  console.error(
    `Understudy needs Node >= ${majorMin}.${minorMin}, this is ${process.versions.node}. ` +
      'Install a newer Node from nodejs.org and run the command again.',
  );
  process.exit(1);
}

function sources() {
  return ['src', 'test', 'loadtest']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|tsx|css|html|json)$/.test(entry.name))
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length)),
    )
    .filter((path) => !path.startsWith('loadtest/results'))
    .sort();
}

function hashOf(paths) {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths) {
    if (existsSync(join(root, path))) hash.update(path).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

/** Runs `work` unless the stamp says that it has succeeded for these same inputs. */
function onceFor(stampPath, inputsHash, work) {
  const stamp = join(root, stampPath);
  const isBuild = stampPath.startsWith('dist');
  if (!(isBuild && forceBuild) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputsHash)
    return;
  work();
  mkdirSync(join(stamp, '..'), { recursive: true });
  writeFileSync(stamp, inputsHash);
}

function step(title, command, args) {
  console.error(`${title} ...`);
  const startedMs = performance.now();
  // To standard error, all of it: standard output is the command's (`check x.onnx > draft.json`).
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    console.error(`${title} failed (${result.error?.message ?? `exit code ${result.status}`}).`);
    process.exit(1);
  }
  console.error(`${title} took ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}
