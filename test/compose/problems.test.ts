import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openTasks } from '../../src/compose.js';
import { silentLog } from '../../src/telemetry/log.js';
import { taskSource } from '../support/gateway.js';
import { writeSquareBundle } from '../support/square-bundle.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const outside = { log: silentLog, now: () => Date.now(), newId: () => 'id' };

/** Two tasks of their own, and what a start with both says. */
function twoTasks(name: string) {
  const dirOf = (task: string): string => join(directory, name, task);
  const files = ['light', 'shade'].map((task) => writeSquaresFile(dirOf(task), { name: task }));
  const open = () =>
    openTasks({ dataDir: join(directory, name, 'data') }, files.map(taskSource), outside);
  async function refusal(): Promise<string> {
    const error = await open().then(
      () => assert.fail('It has started.'),
      (error: unknown) => error as Error,
    );
    return error.message;
  }
  return { dirOf, files, open, refusal };
}
const damage = (...path: readonly string[]): void =>
  writeFileSync(join(...path, 'model.onnx'), 'damaged');
const noModel = Uint8Array.of(255, 255);

describe('a start that something stands in the way of', () => {
  it('says what is wrong with one task of two, alone, and starts when that is mended', async () => {
    const { dirOf, open, refusal } = twoTasks('one-of-two');
    damage(dirOf('shade'), 'teacher');

    const said = await refusal();

    assert.match(said, /^\S+shade.teacher.model\.onnx is damaged: its manifest says bytes \d+, /);
    assert.match(said, /it has 7\. Copy the bundle again [^\n]*$/);
    writeSquareBundle(join(dirOf('shade'), 'teacher'));
    const mended = await open();
    assert.deepEqual([...mended.tasks.keys()], ['light', 'shade']);
    await mended.close();
  });

  it('says what is wrong with two tasks of two', async () => {
    const { dirOf, refusal } = twoTasks('two-of-two');
    damage(dirOf('light'), 'student');
    damage(dirOf('shade'), 'teacher');

    const said = await refusal();

    assert.match(said, /^2 problems stand in the way of a start:\n- /);
    for (const which of ['light.student', 'shade.teacher'])
      assert.match(said, new RegExp(`\n- \\S+${which}.model\\.onnx is damaged: .*Copy the bundle`));
  });

  it('names the task and the role of a model that does not load', async () => {
    const { dirOf, refusal } = twoTasks('no-models');
    writeSquareBundle(join(dirOf('light'), 'student'), noModel);
    writeSquareBundle(join(dirOf('shade'), 'teacher'), noModel);

    const said = await refusal();

    for (const who of ['The student of light', 'Teacher oracle of shade'])
      assert.match(said, new RegExp(`\n- ${who} can not be used: The model does not fit its`));
    assert.match(said, /\n {2}- ONNX Runtime cannot load the model: /);
  });

  it('says all that is wrong with one task', async () => {
    const { dirOf, files, refusal } = twoTasks('all-of-one');
    const [file] = files;
    const { config } = taskSource(file!);
    rmSync(join(dirOf('light'), 'teacher', 'manifest.json'));
    damage(dirOf('light'), 'student');
    const more = { ...config, golden: './golden.parquet', seedRows: './seed.parquet' };
    writeFileSync(file!, JSON.stringify(more));

    const said = await refusal();

    assert.match(said, /^4 problems/);
    for (const path of ['manifest\\.json', 'model\\.onnx', 'golden\\.parquet', 'seed\\.parquet'])
      assert.match(said, new RegExp(`\n- \\S+${path} (is|cannot be) `));
  });
});
