import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { runDistillation } from '../../../src/distillation/run-distillation.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { MemoryCapture } from '../../fakes/memory-capture.js';
import { capturedRow } from '../../support/captured-row.js';
import { distillationJob, noBounds } from '../../support/distillation-job.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { topicsTask, topicText } from '../../support/topics-task.js';

const directory = temporaryDirectory();

/** What a run that needs 50 rows says of so many; of the alike ones it keeps one. */
async function reasonOf(rows: { readonly different: number; readonly alike: number }) {
  const draw = seededDraw(1);
  const texts = [
    ...Array.from({ length: rows.different }, () => topicText(0, draw)),
    ...Array.from({ length: rows.alike }, (_, k) => `Where is my parcel, please${'!'.repeat(k)}`),
  ];
  const capture = new MemoryCapture();
  await capture.append(
    texts.map((text, index) =>
      capturedRow({
        ...{ id: `row-${index}`, task: topicsTask.name, input: encodeText(text) },
        inputHash: createHash('sha256').update(text).digest('hex').slice(0, 32),
        teacherVersion: 'v0-teacher',
      }),
    ),
  );
  const bounds = { ...noBounds, nearDuplicatesMax: 1 };
  const result = await runDistillation({
    job: distillationJob(directory, { task: topicsTask, limits: { bounds } }),
    ...{ capture, seedRows: [], goldenRows: [], draw: seededDraw(1), onProgress: () => {} },
    train: () => assert.fail('There is too little to train on.'),
  });
  assert.equal(result.kind, 'too-early');
  return result.reasons[0]!;
}

describe('a run with too few rows', () => {
  it('names the setting, where it would have enough with those that look the same', async () => {
    const reason = await reasonOf({ different: 45, alike: 40 });

    assert.match(reason, /^Only \d\d training rows \(left out: \d\d nearly the same as others\), /);
    assert.match(reason, /set distillation\.bounds\.nearDuplicatesMax higher, or to null\.$/);
  });

  it('asks for more traffic where it would not', async () => {
    const reason = await reasonOf({ different: 22, alike: 20 });

    assert.match(reason, /nearly the same as others\), a run needs 50: send more traffic\.$/);
  });
});
