import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import * as op from '../../src/onnx/operators.js';
import { recordedJson } from '../../src/student/recorded-answers.js';
import { runProgram } from '../support/gateway-process.js';
import { writeHandWritten, type HandWritten } from '../support/hand-written.js';
import { pixelInput } from '../support/inputs.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { modelOf, tinyInput, tinyModel } from '../support/tiny-model.js';

const directory = temporaryDirectory();
const manifest = { labels: ['yes', 'no'], input: tinyInput };
const sound: HandWritten = { model: tinyModel(), manifest };
/** Loads, and gives NaN for every image. */
const unsound: HandWritten = {
  model: modelOf((graph, x) => {
    const weight = graph.constant(Float32Array.of(1, NaN, 1, 1, 1, 1), [3, 2]);
    return op.matMul(graph, x, weight);
  }),
  manifest,
};
const withRecorded = (logits: readonly number[]): HandWritten => ({
  model: tinyModel(),
  manifest: { ...manifest, recorded: 'recorded.json' },
  files: { 'recorded.json': recordedJson([{ input: pixelInput(0, 0.5, 1), logits }]) },
});
let tasks = 0;

/** Writes a task of these two, and gives its directory. */
function writeTask(student: HandWritten, teacher: HandWritten, changes: object = {}): string {
  const dir = join(directory, `task-${tasks++}`);
  writeHandWritten(join(dir, 'student'), student);
  writeHandWritten(join(dir, 'teacher'), teacher);
  const task = {
    ...{ name: 'answers', title: 'Answers', ...manifest, student: './student' },
    teacher: { kind: 'onnx', name: 'oracle', bundle: './teacher', costPerRowUsd: 0.01 },
    policy: { riskMax: 0.05 },
    ...changes,
  };
  writeFileSync(join(dir, 'task.yaml'), stringify(task));
  return dir;
}

const serve = (dir: string, ...args: string[]) =>
  runProgram({
    args: ['serve', '--port', '0', '--data-dir', join(dir, 'data'), ...args],
    env: { UNDERSTUDY_TASKS: join(dir, 'task.yaml') },
  });

describe('understudy serve', () => {
  it('refuses a student that can not answer, as check does', async () => {
    for (const args of [[], ['--check']]) {
      const { code, output } = await serve(writeTask(unsound, sound), ...args);

      assert.equal(code, 1);
      assert.match(
        output,
        /The student of answers can not be used: .* not finite: \[[\d.]+, NaN\]/,
      );
      assert.doesNotMatch(output, /\n {4}at /);
    }
  });

  it('refuses a teacher that can not answer', async () => {
    const { code, output } = await serve(writeTask(sound, unsound));

    assert.equal(code, 1);
    assert.match(
      output,
      /Teacher oracle of answers can not be used: .* values that are not finite/,
    );
  });

  it('refuses a teacher that does not give its recorded answers again', async () => {
    const { code, output } = await serve(writeTask(sound, withRecorded([14, 19])), '--check');

    assert.equal(code, 1);
    assert.match(
      output,
      /Teacher oracle .* does not give its recorded answers again: row 0, class/,
    );
  });

  it('says which execution provider does not work here, as check does', async () => {
    // No system has both.
    const dir = writeTask(sound, sound, { executionProviders: ['dml', 'coreml', 'cpu'] });
    const task = join(dir, 'task.yaml');
    const results = await Promise.all([
      serve(dir, '--check'),
      runProgram({ args: ['check', join(dir, 'student'), '--task', task] }),
    ]);

    for (const { code, output } of results) {
      assert.equal(code, 0, output);
      assert.match(output, /^note {5}.*(dml|coreml) cannot be used: .* Used instead: \w+\.$/m);
    }
  });

  it('takes both where they answer as they should', async () => {
    const recorded = withRecorded([14, 18.5]);
    const { code, output } = await serve(writeTask(recorded, recorded), '--check');

    assert.equal(code, 0, output);
  });
});
