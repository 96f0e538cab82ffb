import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBundle } from '../../../src/registry/read-bundle.js';
import { checkBundle } from '../../../src/student/check-bundle.js';
import { distilOrders } from '../../support/distil-orders.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();

describe('a distillation run that makes a transformer', () => {
  it('has a student that passes the gates, with its tokenizer in the bundle', async () => {
    const { result, progress } = await distilOrders(directory, {
      kind: 'embedded',
      student: 'transformer',
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
