import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planOutput } from '../../src/model/plan-output.js';
import type { ModelValue } from '../../src/model/signature.js';

const output = (changes: Partial<ModelValue> = {}): ModelValue => ({
  name: 'logits',
  dtype: 'float32',
  shape: [null, 3],
  ...changes,
});
/** What exporters of scikit-learn call the winner of each row. */
const labels = output({ name: 'label', dtype: 'int64', shape: [null] });

function planned(
  outputs: readonly ModelValue[],
  { wanted = null, classCount = 3 }: { wanted?: string | null; classCount?: number } = {},
) {
  const problems: string[] = [];
  const plan = planOutput({ inputs: [], outputs }, { wanted, classCount }, problems);
  return { plan, problems };
}

describe('the output with the scores', () => {
  it('is the only one', () => {
    const { plan, problems } = planned([output()]);

    assert.deepEqual(problems, []);
    assert.deepEqual(plan, { name: 'logits', isBinary: false });
  });

  it('is the only one that fits', () => {
    const hidden = output({ name: 'hidden', shape: [null, 384] });

    const { plan, problems } = planned([labels, hidden, output()]);

    assert.deepEqual(problems, []);
    assert.equal(plan.name, 'logits');
  });

  it('is the one that the manifest names, where several fit', () => {
    const probabilities = output({ name: 'probabilities' });

    const { plan, problems } = planned([output(), probabilities], { wanted: 'probabilities' });

    assert.deepEqual(problems, []);
    assert.equal(plan.name, 'probabilities');
  });

  for (const dtype of ['float32', 'float16', 'float64'])
    it(`may be ${dtype}`, () => assert.deepEqual(planned([output({ dtype })]).problems, []));

  for (const shape of [[null, null], [16, 3], null])
    it(`may be of shape ${JSON.stringify(shape)}`, () => {
      const { plan, problems } = planned([output({ shape })]);

      assert.deepEqual(problems, []);
      assert.equal(plan.isBinary, false);
    });

  for (const shape of [[null, 1], [null], [1, 1]])
    it(`of two labels may be one score a row: ${JSON.stringify(shape)}`, () => {
      const { plan, problems } = planned([output({ shape })], { classCount: 2 });

      assert.deepEqual(problems, []);
      assert.equal(plan.isBinary, true);
    });

  it('of two labels is no single score where it has one for each', () => {
    for (const shape of [[null, 2], [null, null], null])
      assert.equal(planned([output({ shape })], { classCount: 2 }).plan.isBinary, false);
  });
});

describe('an output that can not be read is said in one sentence, with what to change:', () => {
  const notThree = 'does not hold [batch, 3], a score for each of the 3 labels.';
  const refusals: readonly {
    readonly what: string;
    readonly outputs: readonly ModelValue[];
    readonly wanted?: string;
    readonly classCount?: number;
    readonly says: string;
  }[] = [
    {
      what: 'labels alone',
      outputs: [labels],
      says:
        'The output label int64 [?] holds int64, not scores: name the output with logits or ' +
        'probabilities.',
    },
    {
      what: 'labels of text, by their name',
      outputs: [output({ ...labels, dtype: 'string' }), output()],
      wanted: 'label',
      says:
        'The output label string [?] holds string, not scores: name the output with logits or ' +
        'probabilities.',
    },
    {
      what: 'a map for each row',
      outputs: [output({ dtype: null, shape: null })],
      says:
        'The output logits (no tensor: a sequence or a map) is no tensor. Exporters of ' +
        'scikit-learn wrap scores in a ZipMap: export with "zipmap": False.',
    },
    {
      what: 'another number of labels',
      outputs: [output({ shape: [null, 10] })],
      says: `The output logits float32 [?,10] ${notThree}`,
    },
    {
      what: 'a score for each token',
      outputs: [output({ shape: [null, null, 3] })],
      says: `The output logits float32 [?,?,3] ${notThree}`,
    },
    {
      what: 'one score a row, for more than two labels',
      outputs: [output({ shape: [null] })],
      says: `The output logits float32 [?] ${notThree}`,
    },
    {
      what: 'three scores for two labels',
      outputs: [output()],
      classCount: 2,
      says:
        'The output logits float32 [?,3] does not hold [batch, 2], a score for each of the 2 ' +
        'labels (or [batch, 1], a score of the second).',
    },
    {
      what: 'one score for each token, for two labels',
      outputs: [output({ shape: [null, null, 1] })],
      classCount: 2,
      says:
        'The output logits float32 [?,?,1] does not hold [batch, 2], a score for each of the 2 ' +
        'labels (or [batch, 1], a score of the second).',
    },
    {
      what: 'a name that the model does not have',
      outputs: [output(), labels],
      wanted: 'scores',
      says:
        'The model has no output "scores". Its outputs: logits float32 [?,3], label int64 [?]. ' +
        'Mend model.outputName.',
    },
    {
      what: 'several that fit, none of them named',
      outputs: [output(), output({ name: 'probabilities' })],
      says:
        'The manifest does not name the output with the scores (model.outputName), and more than ' +
        'one of them fits. The outputs: logits float32 [?,3], probabilities float32 [?,3].',
    },
    {
      what: 'several of which none fits',
      outputs: [labels, output({ name: 'maps', dtype: null, shape: null })],
      says:
        'The manifest does not name the output with the scores (model.outputName), and none of ' +
        'them fits. The outputs: label int64 [?], maps (no tensor: a sequence or a map).',
    },
    {
      what: 'no output at all',
      outputs: [],
      says:
        'The manifest does not name the output with the scores (model.outputName), and none of ' +
        'them fits. The outputs: none.',
    },
  ];
  for (const { what, outputs, wanted = null, classCount = 3, says } of refusals) {
    it(what, () => {
      assert.deepEqual(planned(outputs, { wanted, classCount }).problems, [says]);
    });
  }
});
