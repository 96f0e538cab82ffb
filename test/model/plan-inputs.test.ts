import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planInputs } from '../../src/model/plan-inputs.js';
import type { ModelValue } from '../../src/model/signature.js';
import type { RowTensor } from '../../src/preprocess/preprocessor.js';
import type { Dtype } from '../../src/task/dtype.js';

const pixels: RowTensor = {
  name: 'input',
  dtype: 'float32',
  data: new Float32Array(12),
  dims: [12],
};
const ids: RowTensor = { name: 'ids', dtype: 'int64', data: new BigInt64Array(5), dims: [5] };
const modelInput = (changes: Partial<ModelValue> = {}): ModelValue => ({
  name: 'input',
  dtype: 'float32',
  shape: [null, 12],
  ...changes,
});

function planned(
  inputs: readonly ModelValue[],
  row: readonly RowTensor[] = [pixels],
  { isRaw = false } = {},
) {
  const problems: string[] = [];
  const plan = planInputs({ inputs, outputs: [] }, { row, isRaw }, problems);
  return { plan, problems };
}

describe('what goes into a model', () => {
  it('fits as it is, for any number of rows', () => {
    const { plan, problems } = planned([modelInput()]);

    assert.deepEqual(problems, []);
    assert.deepEqual(plan, { dtypes: ['float32'], fixedRows: null });
  });

  it('may have free axes, and a shape that nobody knows', () => {
    for (const shape of [[null, null], null])
      assert.deepEqual(planned([modelInput({ shape })]).problems, []);
  });

  it('is planned in the order of the preprocessing, not of the model', () => {
    const { plan, problems } = planned(
      [modelInput({ name: 'ids', dtype: 'int32', shape: [null, 5] }), modelInput()],
      [pixels, ids],
    );

    assert.deepEqual(problems, []);
    assert.deepEqual(plan.dtypes, ['float32', 'int32']);
  });

  it('says the number of rows that a model was exported for', () => {
    const one = modelInput({ shape: [4, 12] });

    assert.equal(planned([one]).plan.fixedRows, 4);
    const idsOfFour = modelInput({ name: 'ids', dtype: 'int64', shape: [4, 5] });
    assert.equal(planned([one, idsOfFour], [pixels, ids]).plan.fixedRows, 4);
  });

  const conversions: readonly (readonly [from: Dtype, to: readonly Dtype[]])[] = [
    ['float32', ['float32', 'float64', 'float16']],
    ['int64', ['int64', 'int32', 'int16', 'int8', 'uint32', 'uint16', 'uint8', 'float32']],
    ['string', ['string']],
  ];
  for (const [from, wanted] of conversions)
    for (const to of wanted)
      it(`is converted from ${from} to ${to}`, () => {
        const { plan, problems } = planned(
          [modelInput({ dtype: to })],
          [{ ...pixels, dtype: from }],
        );

        assert.deepEqual(problems, []);
        assert.deepEqual(plan.dtypes, [to]);
      });
});

describe('what does not go into a model is said in one sentence, with what to change:', () => {
  interface Refusal {
    readonly what: string;
    readonly inputs: readonly ModelValue[];
    readonly row?: readonly RowTensor[];
    readonly isRaw?: boolean;
    readonly says: readonly string[];
  }
  const mask = modelInput({ name: 'mask', dtype: 'int64', shape: [null, null] });
  const refusals: readonly Refusal[] = [
    {
      what: 'an input that the bundle does not give',
      inputs: [modelInput(), mask],
      says: [
        'The model needs the input mask int64 [?,?], and the bundle gives it nothing. It gives: ' +
          'input. Name it in the manifest, or export without it.',
      ],
    },
    {
      what: 'an input that the model does not have',
      inputs: [modelInput()],
      row: [pixels, ids],
      says: [
        'The model has no input "ids". Its inputs: input float32 [?,12]. Mend the name in the ' +
          'manifest.',
      ],
    },
    {
      what: 'a wrong name, from both sides',
      inputs: [modelInput({ name: 'pixels' })],
      says: [
        'The model needs the input pixels float32 [?,12], and the bundle gives it nothing. It ' +
          'gives: input. Name it in the manifest, or export without it.',
        'The model has no input "input". Its inputs: pixels float32 [?,12]. Mend the name in the ' +
          'manifest.',
      ],
    },
    {
      what: 'a flat image for a model of planes',
      inputs: [modelInput({ shape: [null, 3, 2, 2] })],
      says: [
        'The input input float32 [?,3,2,2] has rank 4, the bundle gives input as [batch,12], ' +
          'rank 2. The first axis is the batch; for an image set preprocess.layout to nchw or ' +
          'nhwc.',
      ],
    },
    {
      what: 'another rank',
      inputs: [modelInput({ name: 'ids', dtype: 'int64', shape: [5] })],
      row: [ids],
      says: [
        'The input ids int64 [5] has rank 1, the bundle gives ids as [batch,5], rank 2. The ' +
          "first axis is the batch; mend the manifest's input or preprocess.",
      ],
    },
    {
      what: 'another length of an axis',
      inputs: [modelInput({ shape: [null, 784] })],
      says: [
        'The input input float32 [?,784] has 784 on axis 1, the bundle gives input as ' +
          "[batch,12]. Mend the manifest's input or preprocess.",
      ],
    },
    {
      what: 'a type that pixels can not become',
      inputs: [modelInput({ dtype: 'int64' })],
      says: [
        'The input input int64 [?,12] takes int64, the bundle gives input as float32. Mend the ' +
          'dtype in the manifest.',
      ],
    },
    {
      what: 'a type that a raw tensor is not, though it could become it',
      inputs: [modelInput({ dtype: 'float16' })],
      isRaw: true,
      says: [
        'The input input float16 [?,12] takes float16, the bundle gives input as float32. Mend ' +
          'the dtype in the manifest.',
      ],
    },
    {
      what: 'an input that is no tensor',
      inputs: [modelInput({ dtype: null, shape: null })],
      says: ['The input input (no tensor: a sequence or a map) can not be fed.'],
    },
    {
      what: 'inputs of different fixed batches',
      inputs: [modelInput({ shape: [1, 12] }), modelInput({ ...mask, name: 'ids', shape: [8, 5] })],
      row: [pixels, ids],
      says: [
        "The model's inputs have different fixed batches: 1 and 8. Export it with a dynamic " +
          'batch axis.',
      ],
    },
  ];
  for (const { what, inputs, row, isRaw = false, says } of refusals) {
    it(what, () => {
      assert.deepEqual(planned(inputs, row, { isRaw }).problems, says);
    });
  }

  it('several of them at once', () => {
    const { problems } = planned([modelInput({ dtype: 'string', shape: [null, 7] }), mask]);

    assert.equal(problems.length, 3);
  });
});
