import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { goldenKeyOf, gradeTeacher } from '../../src/distillation/grade-teacher.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { writeSquareBundle } from '../support/square-bundle.js';
import { readManifest } from '../../src/registry/read-bundle.js';
import { square } from '../support/square-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const studentDir = writeSquareBundle(join(temporaryDirectory(), 'student'));
const { version } = await readManifest(studentDir);
const asked = { task: 'squares', teacherVersion: 't1-aaaaaaaa' };

/** Rows on which the student was right and the teacher wrong, labelled by people. */
async function logOf(rows: number, origin: 'caller' | 'review', studentVersion = version) {
  const capture = new MemoryCapture();
  for (let k = 0; k < rows; k++) {
    const row = { id: `${k}`, task: 'squares', studentVersion };
    await capture.append([capturedRow({ ...row, studentLabel: 0, teacherLabel: 1 })]);
    await capture.appendFeedback({
      ...{ task: 'squares', id: `${k}`, label: 0, origin, givenMs: 1, client: null },
    });
  }
  return capture;
}

describe('the grade of a teacher', () => {
  const none = { studentDir, goldenRows: [], goldenLabels: {}, ...asked };

  it('counts rows that people have labelled in a review', async () => {
    const few = await gradeTeacher({ ...none, capture: await logOf(6, 'review') });
    const enough = await gradeTeacher({ ...none, capture: await logOf(7, 'review') });

    assert.deepEqual([few!.isPassed, enough!.isPassed], [true, false]);
    assert.match(enough!.reason, /right on 0.0 % of 7 reviewed rows, the student on 100.0 %/);
  });

  it('counts no complaint of a caller, and no opinion of another student', async () => {
    const complaints = await logOf(50, 'caller');
    const former = await logOf(50, 'review', 'v0-former00');

    for (const capture of [complaints, former])
      assert.equal(await gradeTeacher({ ...none, capture }), null);
  });

  it('tells of golden rows beside them', async () => {
    const golden = { input: square(0.9), label: 0 };
    const grade = await gradeTeacher({
      ...none,
      goldenRows: [golden],
      goldenLabels: { [goldenKeyOf(golden.input)]: 0 },
      capture: await logOf(3, 'review'),
    });

    assert.match(grade!.reason, /of 1 golden rows.* of 3 reviewed rows/);
  });
});
