import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunProgress } from '../../../src/distillation/progress.js';
import { runDistillation } from '../../../src/distillation/run-distillation.js';
import { trainBundle } from '../../../src/distillation/train-bundle.js';
import { readBundle } from '../../../src/registry/read-bundle.js';
import { checkBundle } from '../../../src/student/check-bundle.js';
import { MemoryCapture } from '../../fakes/memory-capture.js';
import { distillationJob } from '../../support/distillation-job.js';
import { capturedOrder, drawOrders, ordersTask } from '../../support/orders-task.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();

describe('a distillation run that makes a transformer', () => {
  it('has a student that passes the gates, with its tokenizer in the bundle', async () => {
    const capture = new MemoryCapture();
    await capture.append(
      drawOrders(450, seededDraw(4)).map((row, index) =>
        capturedOrder(row, index, { isHoldout: index >= 300 }),
      ),
    );
    const progress: RunProgress[] = [];
    const job = distillationJob(directory, {
      task: ordersTask,
      limits: {
        trainer: { kind: 'embedded', student: 'transformer' },
        ...{ modelBytesMax: 8_000_000, searchWork: 0 },
      },
    });
    const result = await runDistillation({
      ...{ job, capture, train: trainBundle, seedRows: [] },
      goldenRows: drawOrders(60, seededDraw(8)),
      draw: seededDraw(1),
      onProgress: (step) => progress.push(step),
    });

    assert.equal(result.kind, 'judged');
    const { evaluation, isAccepted, candidateDir } = result;
    assert.equal(isAccepted, true, JSON.stringify(evaluation.gates));
    assert.ok(evaluation.agreement.estimate > 0.9, `agreement ${evaluation.agreement.estimate}`);
    const { manifest, files } = await readBundle(candidateDir);
    assert.match(manifest.model.architecture, /^transformer 2 x 64, 4 heads, \d+ pieces$/);
    assert.equal(manifest.preprocess.kind, 'tokenizer');
    assert.deepEqual([...files.keys()].toSorted(), ['recorded.json', 'tokenizer.json']);
    assert.equal(manifest.lineage!.trainer, 'embedded');
    assert.match(manifest.lineage!.settings!, /^transformer 2 x 64, rate 0.002, /);
    const training = progress.filter(({ stage }) => stage === 'train');
    assert.ok(training.length > 5, `${training.length} reports`);
    const { findings } = await checkBundle(candidateDir);
    assert.deepEqual(
      findings.filter(({ kind }) => kind === 'problem'),
      [],
    );
  });
});
