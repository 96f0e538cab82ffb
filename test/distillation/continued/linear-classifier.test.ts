import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeModel } from '../../../src/onnx/decoded-model.js';
import { InferenceSession, Tensor } from '../../../src/onnx/runtime.js';
import { continueOnPoints } from '../../support/continue-on-points.js';
import { onnxFile, type OnnxNode } from '../../support/onnx-file.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();
const domain = 'ai.onnx.ml';
/** The wrong way round: a larger first number is taken for the first label. */
const coefficients = [0.1, -0.1, -0.1, 0.1];

/** As skl2onnx writes a LogisticRegression behind a StandardScaler, without its ZipMap. */
function studentOf(postTransform: string, norm: string | null, rows = coefficients): Uint8Array {
  const classifier: OnnxNode = {
    ...{ op: 'LinearClassifier', domain, inputs: ['scaled'] },
    outputs: ['label', norm === null ? 'probabilities' : 'raw'],
    floatLists: { coefficients: rows, intercepts: [0.1, -0.1].slice(0, rows.length / 2) },
    lists: { classlabels_ints: [0, 1] },
    words: { post_transform: postTransform },
    ints: { multi_class: 1 },
  };
  const scaler: OnnxNode = {
    ...{ op: 'Scaler', domain, inputs: ['X'], outputs: ['scaled'] },
    floatLists: { offset: [0, 0], scale: [0.5, 0.5] },
  };
  const normalizer: readonly OnnxNode[] =
    norm === null
      ? []
      : [
          {
            ...{ op: 'Normalizer', domain, inputs: ['raw'], outputs: ['probabilities'] },
            words: { norm },
          },
        ];
  return onnxFile({
    inputs: [{ name: 'X', dtype: 'float32', shape: ['n', 2] }],
    outputs: [
      { name: 'label', dtype: 'int64', shape: ['n'] },
      { name: 'probabilities', dtype: 'float32', shape: ['n', 2] },
    ],
    nodes: [scaler, classifier, ...normalizer],
  });
}

const manifest = {
  model: { outputName: 'probabilities' },
  output: { kind: 'probabilities' },
};

/** Share of points of which the model's own label says whether the first number is the larger. */
async function accuracyOf(model: Uint8Array): Promise<number> {
  const draw = seededDraw(9);
  const points = Float32Array.from({ length: 400 }, () => 4 * draw() - 2);
  const session = await InferenceSession.create(model);
  const { label } = await session.run({ X: new Tensor('float32', points, [200, 2]) });
  await session.release();
  const labels = Array.from(label!.data as BigInt64Array, Number);
  const isRight = labels.map((own, row) => own === Number(points[2 * row]! > points[2 * row + 1]!));
  return isRight.filter(Boolean).length / labels.length;
}

describe('a linear model of scikit-learn', () => {
  for (const [postTransform, norm] of [
    ['SOFTMAX', null],
    ['SOFTMAX', 'L1'],
    ['LOGISTIC', 'L1'],
    ['NONE', null],
  ] as const)
    it(`is trained further: ${postTransform}, ${norm ?? 'not normalised'}`, async () => {
      const before = studentOf(postTransform, norm);
      const output = { kind: postTransform === 'NONE' ? 'logits' : 'probabilities' };
      const own = { ...manifest, output };
      const { model, note } = await continueOnPoints(directory, before, own);

      assert.equal(note, '6 of 6 numbers learn.');
      const [wrong, right] = [await accuracyOf(before), await accuracyOf(model)];
      assert.ok(wrong < 0.4 && right > 0.85, `${wrong}, ${right}`);
      const operators = (file: Uint8Array) =>
        decodeModel(file).graph!.node.map(({ opType }) => opType);
      assert.deepEqual(operators(model), operators(before));
    });

  for (const [what, model] of [
    ['its post_transform is PROBIT', studentOf('PROBIT', null)],
    ['its norm is MAX', studentOf('SOFTMAX', 'MAX')],
    ['it is LOGISTIC without .* no more', studentOf('LOGISTIC', null)],
  ] as const)
    it(`is left as it is where ${what}`, async () => {
      await assert.rejects(continueOnPoints(directory, model, manifest), {
        name: 'UntrainableStudentError',
        message: new RegExp(`${what}\\)`),
      });
    });

  it('is left as it is with one row of coefficients for two labels', async () => {
    await assert.rejects(
      continueOnPoints(directory, studentOf('LOGISTIC', null, [1, -1]), manifest),
      /LinearClassifier \(label: it has one row of coefficients for two labels, or no intercepts\)/,
    );
  });
});
