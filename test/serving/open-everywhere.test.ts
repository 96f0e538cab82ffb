import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sourceOf } from '../../src/serving/open-everywhere.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { square, squareTask } from '../support/square-task.js';
import { holdoutRows, openSwitchRig } from '../support/switch-rig.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

it('gives another process golden and recent inputs to check a version with', async () => {
  const { registry, capture, addStudent } = await openSwitchRig(directory);
  await capture.append(holdoutRows(40));
  const version = await addStudent({ cut: 0.5 });
  const goldenInputs = Array.from({ length: 70 }, (_, k) => square(k / 70));
  const teacher = new FakeTeacher();

  const source = await sourceOf(version, {
    registry,
    capture,
    teacher,
    goldenInputs,
    spec: squareTask,
  });

  assert.equal(source.version, version);
  assert.equal(source.bundleDir, (await registry.read(version)).dir);
  assert.deepEqual(source.goldenInputs, goldenInputs.slice(0, 64));
  assert.equal(source.recentInputs.length, 32);
});
