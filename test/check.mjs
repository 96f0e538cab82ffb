// `npm run check`: format, lint and types beside the tests, which mostly wait or have one core. The
// former take what the tests leave of the machine, and are shown in one piece: at once when they
// fail, and again below the tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [looks, tests] = await Promise.all([lookAtSources(), runTests()]);
if (!looks.isFine) process.stderr.write(looks.output);
if (!tests.isFine) console.error('Tests have failed: they are listed above.');
process.exit(looks.isFine && tests.isFine ? 0 : 1);

async function lookAtSources() {
  const child = spawn('npm run format:check --silent && npm run lint --silent', {
    ...{ cwd: root, shell: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  setPriority(child.pid, constants.priority.PRIORITY_LOW);
  let output = '\nFormat, lint or types are not as they must be:\n';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) process.stderr.write(output);
  return { isFine: code === 0, output };
}

async function runTests() {
  const child = spawn('npm run test:run --silent', { cwd: root, shell: true, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  return { isFine: code === 0 };
}
