import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeLabelledImages } from '../../src/task/labelled-images.js';
import { showRun, verdictOf } from '../../src/cli/distil.js';
import type { RunJson } from '../../src/http/api-types.js';
import { evaluationJson, runJson } from '../support/api-values.js';
import { runProgram, startGatewayProcess } from '../support/gateway-process.js';
import { predictAll } from '../support/http-client.js';
import { openGateway } from '../support/gateway.js';
import { seededDraw } from '../support/seeded-draw.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
/** One student answer in ten is wrong: there is something to learn. */
const taskFile = writeSquaresFile(join(directory, 'squares'), {
  student: { cut: 0.6, steepness: 50 },
  teacher: { cut: 0.5, steepness: 50 },
  policy: { coldHoldoutRate: 0.5 },
  distillation: { trainingRowsMin: 20, choosingRowsMin: 20 },
});
const captured = join(directory, 'captured');
let copies = 0;
/** A data directory of its own, with 1 000 captured rows. */
function copyOfData(): string {
  const dataDir = join(directory, `data-${copies++}`);
  cpSync(captured, dataDir, { recursive: true });
  return dataDir;
}

before(async () => {
  const draw = seededDraw(5);
  const { gateway, port } = await openGateway(captured, [taskFile]);
  const image = (): number[] => [draw(), draw(), draw(), draw()];
  await predictAll(port, 'squares', Array.from({ length: 1_000 }, image));
  await gateway.close();
});

describe('understudy distil', () => {
  for (const isRunning of [false, true]) {
    const where = isRunning ? 'by the running gateway' : 'on the files, without a gateway';
    it(`teaches the student ${where}: progress, verdict, a new version`, async () => {
      const dataDir = copyOfData();
      const gateway = isRunning ? await startGatewayProcess({ dataDir, taskFile }) : null;
      const env = { UNDERSTUDY_TASKS: taskFile };

      const { code, output } = await runProgram({
        args: ['distil', 'squares', '--data-dir', dataDir],
        env,
      });
      const listed = await runProgram({
        args: ['students', 'squares', '--data-dir', dataDir],
        env,
      });
      await gateway?.stop();

      assert.equal(code, 0, output);
      assert.match(output, isRunning ? /by the gateway at http/ : /\(no gateway is running\)/);
      assert.match(output, /\n {2}0 % {2}snapshot: /);
      assert.match(output, /\n *\d+ % {2}train: .*\n/);
      assert.match(output, /\n100 % {2}.*: Promoted: the new student serves\.\n/);
      const version = /\nCandidate (v2-[0-9a-f]{8})\n/.exec(output)?.[1];
      assert.ok(version !== undefined, output);
      assert.match(output, /agreement with the teacher \d+\.\d % \(.* to .*\) on \d+ holdout rows/);
      assert.match(output, /\n {2}pass {2}coverage: /);
      assert.match(listed.output, new RegExp(`\n${version} +serving +\\d+ +\\d+\\.\\d % `));
    });
  }

  it('ends with 1 when the run failed, and says why', async () => {
    const seeded = join(directory, 'squares', 'seeded.yaml');
    const seedFile = join(directory, 'squares', 'seed.parquet');
    writeFileSync(seeded, `${readFileSync(taskFile, 'utf8')}\nseedRows: ./seed.parquet\n`);
    const seed = { image: Uint8Array.of(255, 0, 0, 0), label: 1, probabilities: null };
    await writeLabelledImages(seedFile, [seed], ['dark', 'bright']);
    const dataDir = copyOfData();
    const gateway = await startGatewayProcess({ dataDir, taskFile: seeded });
    rmSync(seedFile);

    const { code, output } = await runProgram({
      args: ['distil', 'squares', '--data-dir', dataDir],
      env: { UNDERSTUDY_TASKS: seeded },
    });
    await gateway.stop();

    assert.equal(code, 1);
    assert.match(output, /\nFailed: the present student goes on\. /);
    assert.match(output, /seed\.parquet cannot be read as Parquet: .*ENOENT/);
  });

  it('is refused while another process works on the files', async () => {
    const dataDir = copyOfData();
    const env = { UNDERSTUDY_TASKS: taskFile };
    const args = ['distil', 'squares', '--data-dir', dataDir];

    const [first, second] = await Promise.all([
      runProgram({ args, env }),
      runProgram({ args, env }),
    ]);

    const codes = [first.code, second.code].sort();
    assert.deepEqual(codes, [0, 1]);
    const refused = first.code === 1 ? first : second;
    assert.match(
      refused.output,
      /Another process works on .*: a gateway that starts or stops, or a/,
    );
  });
});

describe('the exit code of a run', () => {
  it('tells its ends apart, and is explained by --help', async () => {
    const before = process.exitCode;
    const codeOf = async (state: RunJson['state']): Promise<unknown> => {
      await showRun('squares', { isElsewhere: false }, () => Promise.resolve(runJson({ state })));
      const code = process.exitCode;
      process.exitCode = before;
      return code;
    };

    const codes = [];
    for (const state of ['promoted', 'failed', 'rejected', 'skipped', 'untrainable'] as const)
      codes.push(await codeOf(state));
    const help = await runProgram({ args: ['distil', '--help'], env: {} });

    assert.deepEqual(codes, [0, 1, 2, 3, 4]);
    assert.match(
      help.output,
      /Ends with:\n {2}0 .*\n {2}1 .*\n {2}2 {2}rejected.*\n {2}3 {2}nothing/,
    );
  });
});

describe('a verdict', () => {
  it('gives every reason, also one that no gate has given', () => {
    const run = runJson({
      state: 'rejected',
      candidateVersion: 'v3-00000003',
      evaluation: evaluationJson({
        gates: [
          { name: 'coverage', isPassed: true, reason: 'Covers 90 %.' },
          { name: 'golden', isPassed: false, reason: 'Worse on golden rows.' },
        ],
      }),
      reasons: ['Worse on golden rows.', 'v2 serves since.'],
    });

    const lines = verdictOf(run).split('\n');

    assert.deepEqual(lines.slice(-3), [
      '  pass  coverage: Covers 90 %.',
      '  FAIL  golden: Worse on golden rows.',
      '  v2 serves since.',
    ]);
  });
});
