import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { square } from '../support/square-task.js';
import { holdoutRow, holdoutRows, openSwitchRig } from '../support/switch-rig.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

describe('holdout rows of mode teacher, in which nobody asks the student', () => {
  it('are trials of its watch: a change that comes meanwhile lasts', async () => {
    const rig = await openSwitchRig(directory);
    await rig.capture.append(holdoutRows(300));
    await rig.promote(await rig.addStudent({ cut: 0.5 }));
    const differing = (reason: string) =>
      Array.from({ length: 10 }, (_, index) =>
        holdoutRow(700 + index, { input: square(1, index), teacherLabel: 0, reason }),
      );

    await rig.capturing(differing('no-student').slice(0, 5)); // Of nobody who serves.
    await rig.studentSwitch.settle();
    assert.notEqual(rig.guarantee.threshold, null);
    await rig.capturing(differing('policy').slice(5));
    await rig.studentSwitch.settle();

    assert.equal(rig.guarantee.threshold, null);
    const last = rig.events.at(-1)!;
    assert.ok(last.kind === 'certificate-lost');
    assert.match(last.why, /a test raised an alarm/);
    await rig.slot.swap(null);
  });
});
