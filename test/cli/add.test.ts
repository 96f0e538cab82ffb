import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ProblemJson, StudentJson, TaskJson } from '../../src/http/api-types.js';
import { openGateway } from '../support/gateway.js';
import { runProgram, startGatewayProcess } from '../support/gateway-process.js';
import { ask } from '../support/http-client.js';
import { writeSquareBundle } from '../support/square-bundle.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const squaresFile = writeSquaresFile(join(directory, 'squares'));
const path = '/v1/tasks/squares/students';

/** A bundle of the labels of another task. */
const misfit = writeSquareBundle(join(directory, 'misfit'), {}, (manifest) => ({
  ...manifest,
  labels: ['night', 'day'],
}));

for (const isRunning of [false, true]) {
  const where = isRunning ? 'with a running gateway' : 'without a gateway';

  describe(`understudy add ${where}`, () => {
    async function open(name: string) {
      const dataDir = join(directory, `${name}-${isRunning}`);
      const { gateway: first } = await openGateway(dataDir, [squaresFile]);
      await first.close();
      const gateway = isRunning
        ? await startGatewayProcess({ dataDir, taskFile: squaresFile })
        : null;
      const run = (...args: string[]) =>
        runProgram({
          args: [...args, '--data-dir', dataDir],
          env: { UNDERSTUDY_TASKS: squaresFile },
        });
      const taskDir = join(dataDir, 'tasks', 'squares');
      const registry = () =>
        JSON.parse(readFileSync(join(taskDir, 'students', 'registry.json'), 'utf8')) as {
          serving: string;
        };
      return {
        dataDir,
        run,
        port: gateway?.port ?? 0,
        serving: () => registry().serving,
        versions: () =>
          readdirSync(join(taskDir, 'students')).filter((entry) => /^v\d+-/.test(entry)),
        incoming: () => {
          const dir = join(taskDir, 'incoming');
          return existsSync(dir) ? readdirSync(dir) : [];
        },
        stop: () => gateway?.stop(),
      };
    }

    it('adds a version that does not serve, and says how it comes to serve', async () => {
      const { run, serving, versions, incoming, stop } = await open('added');
      const bundle = writeSquareBundle(join(directory, `plain-${isRunning}`), { cut: 0.3 });
      const before = serving();

      const added = await run('add', 'squares', bundle);
      const [version] = versions().filter((name) => name.startsWith('v2-'));
      const promoted = await run('promote', 'squares', version!);
      await stop();

      assert.equal(added.code, 0, added.output);
      const place = isRunning ? 'by the gateway at http://\\S+:\\d+' : 'in .*';
      assert.match(added.output, new RegExp(`^${version!} was added ${place}\\.\n`));
      assert.match(added.output, new RegExp(`\nPut it .*: understudy promote squares ${version!}`));
      assert.notEqual(version, before);
      assert.deepEqual([promoted.code, serving()], [0, version]);
      assert.deepEqual(incoming(), []);
      assert.ok(existsSync(join(bundle, 'model.onnx'))); // It was copied.
    });

    it('puts it in front with --promote', async () => {
      const { run, serving, port, stop } = await open('promoted');
      const bundle = writeSquareBundle(join(directory, `front-${isRunning}`), { cut: 0.35 });

      const { code, output } = await run('add', 'squares', bundle, '--promote');
      const answered = isRunning
        ? (await ask<TaskJson>(port, 'GET', '/v1/tasks/squares')).body.student!.version
        : serving();
      await stop();

      assert.equal(code, 0, output);
      assert.match(output, new RegExp(`\n${serving()} serves squares now\\.\n$`));
      assert.match(serving(), /^v2-/);
      assert.equal(answered, serving());
    });

    it('refuses what can not be served, with code 1 and no stack, and adds nothing', async () => {
      const { dataDir, run, versions, incoming, stop } = await open('refused');
      const broken = writeSquareBundle(join(directory, `broken-${isRunning}`));
      writeFileSync(join(broken, 'model.onnx'), 'no model');
      const before = versions();

      const unfit = await run('add', 'squares', misfit, '--promote');
      const damaged = await run('add', 'squares', broken);
      const missing = await run('add', 'squares', join(directory, 'nowhere'));
      const bare = await run('add', 'squares', join(broken, 'model.onnx'));
      const noTask = await run('add', '../circles', misfit);
      const entries = [...readdirSync(dataDir), ...readdirSync(join(dataDir, 'tasks'))];
      await stop();

      assert.match(unfit.output, /does not fit squares: it has the labels night, day/);
      assert.match(damaged.output, /broken-\w+ can not be served:\n- .*is damaged/);
      assert.match(missing.output, /nowhere.*is missing/s);
      assert.match(noTask.output, /There is no task/);
      assert.match(bare.output, /model\.onnx has no manifest\.json .*: understudy check \S+\. Com/);
      for (const { code, output } of [unfit, damaged, missing, bare, noTask]) {
        assert.equal(code, 1);
        assert.doesNotMatch(output, /\n {4}at /);
      }
      assert.deepEqual(versions(), before);
      assert.deepEqual(incoming(), []);
      assert.ok(!entries.includes('circles'), entries.join());
    });
  });
}

describe('POST .../students', () => {
  it('takes in what was copied to incoming/, and says what it refuses', async () => {
    const dataDir = join(directory, 'http');
    const { port } = await openGateway(dataDir, [squaresFile]);
    const incoming = join(dataDir, 'tasks', 'squares', 'incoming');
    writeSquareBundle(join(incoming, 'mine'), { cut: 0.3 });
    writeSquareBundle(join(incoming, 'other'), {}, (manifest) => ({
      ...manifest,
      labels: ['night', 'day'],
    }));
    const post = <T>(name: unknown) => ask<T>(port, 'POST', path, { incoming: name });

    const added = await post<StudentJson>('mine');
    const refused = await post<ProblemJson>('other');
    const again = await post<ProblemJson>('mine');
    const outside = await post<ProblemJson>('../students');
    const odd = await post<ProblemJson>(7);

    assert.equal(added.status, 201);
    assert.match(added.body.version, /^v2-/);
    assert.deepEqual([refused.status, refused.body.code], [422, 'INVALID_BUNDLE']);
    assert.match(refused.body.detail, /does not fit squares: it has the labels night, day/);
    for (const { status, body } of [again, outside]) {
      assert.deepEqual([status, body.code], [404, 'NOT_FOUND']);
      assert.equal(body.details?.['field'], 'incoming');
    }
    assert.deepEqual([odd.status, odd.body.details?.['field']], [400, 'incoming']);
    assert.deepEqual(readdirSync(incoming), []);
    const { body } = await ask<{ students: StudentJson[] }>(port, 'GET', path);
    assert.deepEqual(
      body.students.map(({ version, state }) => [version.slice(0, 2), state]),
      [
        ['v2', 'unserved'],
        ['v1', 'serving'],
      ],
    );
  });
});
