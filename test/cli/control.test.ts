import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { verdictOf } from '../../src/cli/distil.js';
import type { EvaluationJson, TaskJson } from '../../src/http/api-types.js';
import { openRegistry } from '../../src/registry/registry.js';
import { datasetReport, runJson } from '../support/api-values.js';
import { runProgram, startGatewayProcess } from '../support/gateway-process.js';
import { ask } from '../support/http-client.js';
import { openGateway } from '../support/gateway.js';
import { writeSquareBundle } from '../support/square-bundle.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const squaresFile = writeSquaresFile(join(directory, 'squares'));
const env = { UNDERSTUDY_TASKS: squaresFile };
const run = (dataDir: string, ...args: string[]) =>
  runProgram({ args: [...args, '--data-dir', dataDir], env });

/** A data directory with two versions of the student; the second one serves. */
async function twoStudents(name: string): Promise<{ dataDir: string; versions: string[] }> {
  const dataDir = join(directory, name);
  const { gateway } = await openGateway(dataDir, [squaresFile]);
  await gateway.close();
  const dir = join(dataDir, 'tasks', 'squares', 'students');
  const registry = await openRegistry({ dir, now: () => 1 });
  const source = writeSquareBundle(join(directory, `${name}-source`), { cut: 0.45 });
  const options = { temperature: 1, evaluation: null, isRejected: false };
  const { version } = await registry.add(source, options);
  await registry.promote(version);
  return { dataDir, versions: registry.list().map((student) => student.version) };
}
const serving = async (port: number): Promise<string> =>
  (await ask<TaskJson>(port, 'GET', '/v1/tasks/squares')).body.student!.version;

for (const isRunning of [false, true]) {
  const where = isRunning ? 'of a running gateway' : 'without a gateway';

  describe(`the command line ${where}`, () => {
    /** @returns what to ask for the version that serves, after the commands. */
    async function open(name: string) {
      const { dataDir, versions } = await twoStudents(`${name}-${String(isRunning)}`);
      const gateway = isRunning
        ? await startGatewayProcess({ dataDir, taskFile: squaresFile })
        : null;
      const registryFile = join(dataDir, 'tasks', 'squares', 'students', 'registry.json');
      return {
        dataDir,
        newest: versions[0]!,
        oldest: versions[1]!,
        servingNow: async (): Promise<string> => {
          const { serving: onDisk } = JSON.parse(readFileSync(registryFile, 'utf8')) as {
            serving: string;
          };
          if (gateway !== null) assert.equal(await serving(gateway.port), onDisk);
          return onDisk;
        },
        stop: () => gateway?.stop(),
      };
    }

    it('lists, rolls back and promotes students', async () => {
      const { dataDir, newest, oldest, servingNow, stop } = await open('versions');

      const listed = await run(dataDir, 'students', 'squares');
      const back = await run(dataDir, 'rollback', 'squares');
      const afterRollback = await servingNow();
      const twice = await run(dataDir, 'rollback', 'squares');
      const forward = await run(dataDir, 'promote', 'squares', newest.split('-')[0]!);
      const afterPromotion = await servingNow();
      await stop();

      assert.match(listed.output, /^version +state +rows +agreement +coverage +made\n/);
      assert.match(
        listed.output,
        new RegExp(`\n${newest} +serving +1234 +- +- +2026-01-02T03:04\n`),
      );
      assert.match(listed.output, new RegExp(`\n${oldest} +previous `));
      assert.deepEqual([back.code, back.output], [0, `${oldest} serves squares again.\n`]);
      assert.equal(afterRollback, oldest);
      assert.equal(twice.code, 1);
      assert.match(twice.output, /There is no previous version/);
      assert.equal(forward.code, 0);
      const teaches = 'It answers nothing yet, the teacher does: 230 more holdout rows until';
      assert.match(
        forward.output,
        new RegExp(`^${newest} serves squares now\\.\n${teaches} .*\n$`),
      );
      assert.equal(afterPromotion, newest);
    });

    it('refuses versions and tasks that there are not, with code 1 and no stack', async () => {
      const { dataDir, newest, servingNow, stop } = await open('refusals');

      const version = await run(dataDir, 'promote', 'squares', 'v9-00000009');
      const task = await run(dataDir, 'rollback', 'circles');
      const odd = await run(dataDir, 'students', '../squares');
      await servingNow();
      await stop();

      assert.equal(version.code, 1);
      assert.match(version.output, new RegExp(`no student v9-00000009\\. Versions: ${newest}, `));
      assert.equal(task.code, 1);
      assert.match(task.output, /There is no task "circles"\. Tasks served here: squares\./);
      assert.equal(odd.code, 1);
      for (const { output } of [version, task, odd]) assert.doesNotMatch(output, /\n {4}at /);
    });

    it('distils, and says why it was too early, which has an exit code of its own', async () => {
      const { dataDir, stop } = await open('distil');

      const result = await run(dataDir, 'distil', 'squares');
      await stop();

      assert.equal(result.code, 3, result.output);
      assert.match(result.output, new RegExp(`^Distilling squares ${isRunning ? 'by' : 'in'} `));
      assert.match(result.output, /\nNothing to do yet\. \(\d+\.\d s\)\n/);
      assert.match(result.output, /\n {2}Only 0 training rows, a run needs 200: send more traffic/);
      assert.match(result.output, /\n {2}Only 0 holdout rows are there to choose by/);
    });
  });
}

describe('the verdict of a run', () => {
  const evaluation: EvaluationJson = {
    temperature: 1.2,
    agreement: { estimate: 0.9512, low: 0.9, high: 0.98, rows: 410 },
    coverage: 0.7,
    goldenAccuracy: 0.9,
    goldenRows: 50,
    runMsP99: 0.1,
    incumbent: null,
    gates: [
      { name: 'agreement', isPassed: true, reason: 'It is better.' },
      { name: 'size', isPassed: false, reason: 'It is too large.' },
    ],
  };

  it('has the candidate, its agreement, and every gate with its numbers', () => {
    const run = runJson({
      state: 'rejected',
      message: 'Rejected: the present student goes on.',
      endedAtMs: 1_700_000_012_340,
      candidateVersion: 'v2-00000002',
      evaluation,
      reasons: ['It is too large.'],
    });

    assert.equal(
      verdictOf(run),
      [
        '',
        'Rejected: the present student goes on. (12.3 s)',
        'Candidate v2-00000002',
        '  agreement with the teacher 95.1 % (90.0 to 98.0) on 410 holdout rows',
        '  pass  agreement: It is better.',
        '  FAIL  size: It is too large.',
      ].join('\n'),
    );
  });

  it('has what was learnt from, and of whom how much', () => {
    const run = runJson({
      state: 'skipped',
      message: 'Nothing to do yet.',
      dataset: datasetReport,
    });

    assert.equal(
      verdictOf(run),
      [
        '',
        'Nothing to do yet. (0.0 s)',
        `Dataset: ${datasetReport.summary}`,
        '  key-7: 20 of 40 captured rows',
      ].join('\n'),
    );
  });

  it('has what is known of the teacher, once', () => {
    const reason = 'The teacher is worse.';
    const run = runJson({
      ...{ state: 'rejected', message: 'Stopped.', reasons: [reason] },
      teacherCheck: { name: 'teacher', isPassed: false, reason },
    });

    assert.equal(
      verdictOf(run),
      ['', 'Stopped. (0.0 s)', '  FAIL  teacher: The teacher is worse.'].join('\n'),
    );
  });

  it('has the reasons of a run that came to no candidate', () => {
    const run = runJson({ state: 'failed', message: 'Failed.', reasons: ['Out of memory.'] });

    assert.equal(verdictOf(run), ['', 'Failed. (0.0 s)', '  Out of memory.'].join('\n'));
  });
});

describe('the command line with a directory that is no data directory', () => {
  it('says so, and writes nothing: a typing error must not look like a new gateway', async () => {
    const missing = join(directory, 'mistyped');
    const other = join(directory, 'other');
    mkdirSync(other);

    for (const dir of [missing, other]) {
      const { code, output } = await run(dir, 'students', 'squares');

      assert.equal(code, 1);
      assert.match(
        output,
        /is no data directory of a gateway\. Name the gateway's with --data-dir/,
      );
    }
    assert.equal(existsSync(missing), false);
    assert.deepEqual(readdirSync(other), []);
  });
});
