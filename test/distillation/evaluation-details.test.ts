import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluationDetails } from '../../src/distillation/evaluation-details.js';
import { trainedOn } from '../../src/distillation/trained-on.js';
import { evaluationDetailsJson, judgingRows, scoredModel } from '../support/evaluated.js';

const labels = ['flat', 'upright', 'slanted'];
const target = { riskMax: 0.1, delta: 0.1 };

describe('the details of an evaluation', () => {
  it('count what two students say of the same rows', () => {
    const { student, other, agreement, accuracy, rows } = evaluationDetailsJson();

    assert.equal(student.answers!.agreement!.estimate, 5 / 6);
    assert.equal(other!.answers!.agreement!.estimate, 4 / 6);
    assert.deepEqual([agreement!.gained, agreement!.lost, agreement!.rows], [1, 0, 6]);
    assert.equal(student.answers!.accuracy!.estimate, 1);
    assert.deepEqual([accuracy!.gained, accuracy!.lost, accuracy!.rows], [1, 0, 2]);
    assert.deepEqual(student.answers!.confusions, [{ teacher: 0, student: 1, rows: 1 }]);
    assert.equal(student.answers!.classes[0]!.recall.estimate, 2 / 3);
    assert.equal(student.answers!.classes[1]!.precision.estimate, 2 / 3);
    // The least sure of six is the one that is wrong: five are answered without a mistake.
    assert.equal(student.answers!.coverage, 5 / 6);
    assert.deepEqual(rows, {
      holdout: 6,
      timeSpanMs: { first: 1_700_000_000_000, last: 1_700_000_300_000 },
      golden: 2,
      goldenTrainedOn: 0,
    });
    assert.equal(student.lineage!.snapshotSha256, 'ab'.repeat(32));
  });

  it('show calibration before and after the temperature', () => {
    const rows = judgingRows([0, 0, 1, 1], []);
    // Logit 2 of two classes: sigmoid(2) = 0.8808; at temperature 2, sigmoid(1) = 0.7311.
    const model = scoredModel('v3-00000003', 2, [
      [0, 2],
      [0, 2],
      [1, 2],
      [0, 2],
    ]);
    const manifest = {
      ...model.manifest,
      calibration: { temperature: 2, score: 'top-probability' as const },
    };

    const details = evaluationDetails({ ...model, manifest }, null, {
      ...{ task: 'lines', labels: ['a', 'b'], target, rows, isTrainedOn: [] },
    });

    const { before, after } = details.student.answers!.calibration!;
    assert.ok(Math.abs(before.error.equalWidth - (0.880797 - 0.75)) < 1e-6);
    assert.ok(Math.abs(after.error.equalWidth - (0.75 - 0.731059)) < 1e-6);
    assert.deepEqual([details.other, details.agreement, details.accuracy], [null, null, null]);
    assert.equal(details.student.answers!.accuracy, null);
  });

  it('leave out golden rows that may be trained on', () => {
    const rows = judgingRows([0], [0, 1, 2]);
    const said = [0, 0, 2, 2].map((label) => [label, 3] as const);

    const details = evaluationDetails(scoredModel('v3-00000003', 3, said), null, {
      ...{ task: 'lines', labels, target, rows },
      isTrainedOn: trainedOn(rows.golden, [{ input: Uint8Array.of(1) }]),
    });

    assert.deepEqual([details.rows.golden, details.rows.goldenTrainedOn], [2, 1]);
    assert.equal(details.student.answers!.accuracy!.estimate, 1); // The wrong one is left out.
  });

  it('count nothing of a model that is not finite, and go on', () => {
    const rows = judgingRows([0, 1], [0]);
    const broken = scoredModel('v3-00000003', 3, [
      [0, 1],
      [0, NaN],
      [0, 1],
    ]);
    const sound = scoredModel('v2-00000002', 3, [
      [0, 1],
      [1, 1],
      [0, 1],
    ]);
    const question = { task: 'lines', labels, target, rows, isTrainedOn: [false] };

    const details = evaluationDetails(broken, sound, question);

    assert.deepEqual(
      [details.student.answers, details.agreement, details.accuracy],
      [null, null, null],
    );
    assert.equal(details.other!.answers!.agreement!.estimate, 1);
  });
});
