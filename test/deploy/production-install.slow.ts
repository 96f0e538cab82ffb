import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../../src/files/repository-root.js';
import type { AnswerJson, RunJson } from '../../src/http/api-types.js';
import { commandOf, readDockerfile } from './dockerfile.js';
import { freePort } from './free-port.js';
import { poll } from './poll.js';
import { skipUnless } from '../support/skip-without.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const root = repositoryRoot();
const image = readDockerfile().at(-1)!;
const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;

/** What the image holds, without an engine to build it: the same files, packages and Node. */
describe('a production install', { timeout: 300_000 }, () => {
  const app = temporaryDirectory();
  const data = temporaryDirectory();

  it('serves, distils and drains on the Node of the image, without dev dependencies', async (t) => {
    for (const path of [
      'package.json',
      'package-lock.json',
      '.npmrc',
      'models',
      'dist/src',
      'dist/program',
    ])
      await cp(join(root, path), join(app, path), { recursive: true });
    const [, version] = /^node:([\d.]+)/.exec(image.image)!;
    const why =
      npm(app, ['ci', '--omit=dev']) ??
      npm(join(app, 'of-the-image'), ['install', `node-linux-${process.arch}@${version!}`]);
    const need = { what: 'npm-registry', hint: `npm says ${why ?? 'nothing'}` };
    const skip = skipUnless(why === null, need);
    if (skip !== false) return void t.skip(skip);
    assert.ok(!existsSync(join(app, 'node_modules', 'typescript')));

    const node = join(app, 'of-the-image/node_modules', `node-linux-${process.arch}`, 'bin/node');
    const port = await freePort();
    const environment = {
      NODE_ENV: 'production',
      UNDERSTUDY_PORT: String(port),
      UNDERSTUDY_DATA_DIR: data,
      UNDERSTUDY_LOG_LEVEL: 'warn',
    };
    const [, entry] = commandOf(image, 'ENTRYPOINT');
    const [, ...check] = commandOf(image, 'HEALTHCHECK');
    const isHealthy = (): boolean => spawnSync(node, check, { env: environment }).status === 0;
    assert.equal(isHealthy(), false);

    const gateway = spawn(node, [entry!, ...commandOf(image, 'CMD')], {
      cwd: app,
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const exited = once(gateway, 'exit');
    t.after(() => gateway.kill('SIGKILL'));
    const url = `http://127.0.0.1:${port}`;
    await poll('the gateway is healthy', 60_000, async () => {
      assert.equal(gateway.exitCode, null);
      return isHealthy() ? true : null;
    });

    const answer = await postJson<AnswerJson>(
      `${url}/v1/tasks/digits/predict`,
      await readFile(join(root, 'models/digits/example-request.json'), 'utf8'),
    );
    const { id } = await postJson<RunJson>(`${url}/v1/tasks/digits/distillations`, '{}');
    const run = await poll('the run has ended', 120_000, async () => {
      const response = await fetch(`${url}/v1/tasks/digits/distillations/${id}`);
      const now = (await response.json()) as RunJson;
      return now.state === 'running' ? null : now;
    });
    gateway.kill('SIGTERM');
    const [code] = (await exited) as [number | null];

    assert.match(answer.label, /^\d$/);
    assert.equal(run.state, 'skipped', run.reasons.join(' ')); // One row is too few.
    assert.equal(code, 0);
  });
});

/** @returns null when it went well, or why the registry cannot be reached. */
function npm(cwd: string, args: readonly string[]): string | null {
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--prefix', cwd];
  const { status, stderr } = spawnSync('npm', [...args, ...options], {
    cwd: root,
    encoding: 'utf8',
  });
  const [why] = unreachable.exec(stderr) ?? [];
  assert.ok(status === 0 || why !== undefined, stderr);
  return status === 0 ? null : why!;
}

async function postJson<T>(url: string, body: string): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  assert.ok(response.ok, `${url}: ${response.status}`);
  return (await response.json()) as T;
}
