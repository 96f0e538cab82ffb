import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { InvalidBundleError, InvalidModelOutputError } from '../../src/errors.js';
import { loadModel, tryLoadModel, type LoadedModel } from '../../src/model/loaded-model.js';
import type { ModelSource } from '../../src/model/model-runner.js';
import { float16BitsOf } from '../../src/task/float16.js';
import type { Input, TensorInput } from '../../src/task/task.js';
import { encodeTensors } from '../../src/task/tensor-codec.js';
import { asTheyAre } from '../support/fake-bundle.js';
import { pixelInput } from '../support/inputs.js';
import { onnxFile } from '../support/onnx-file.js';
import { tensorSource } from '../support/tensor-input.js';
import { tinyInput, tinyModel, tinySource } from '../support/tiny-model.js';
import { cast, typedModel } from '../support/typed-model.js';

/** Closed also when a test fails. */
const opened: LoadedModel[] = [];
after(() => Promise.all(opened.map((model) => model.close())));

async function open(source: ModelSource): Promise<LoadedModel> {
  const model = await loadModel(source);
  opened.push(model);
  return model;
}

async function scoresOf(
  model: LoadedModel,
  inputs: readonly Input[],
  rowsMin?: number,
): Promise<readonly Float32Array[]> {
  return model.run(
    inputs.map((input) => model.prepare(input)),
    rowsMin,
  );
}
/** For three numbers: x0 + 2 x1 + 3 x2 and -x0 - x1 - x2. */
const weights = Float32Array.of(1, -1, 2, -1, 3, -1);

describe('a model of images', () => {
  it('says what it takes and gives', async () => {
    const { signature, plan } = await open(tinySource());

    assert.deepEqual(signature, {
      inputs: [{ name: 'input', dtype: 'float32', shape: [null, 3] }],
      outputs: [{ name: 'logits', dtype: 'float32', shape: [null, 2] }],
    });
    assert.deepEqual(plan, {
      input: { dtypes: ['float32'], fixedRows: null },
      output: { name: 'logits', isBinary: false },
    });
  });

  it('scores rows, however many', async () => {
    const model = await open(tinySource());

    assert.deepEqual(await scoresOf(model, [pixelInput(1, 2, 3)]), [Float32Array.of(24, 14)]);
    const rows = Array.from({ length: 100 }, (_, x) => pixelInput(x, 0, 0));
    assert.deepEqual(
      await scoresOf(model, rows),
      rows.map((_, x) => Float32Array.of(x + 10, 20 - x)),
    );
  });

  it('takes its image under whatever name it has, where the manifest gives none', async () => {
    const inputs = [{ name: 'pixel_values', dtype: 'float32', shape: ['n', 3] }] as const;
    const source = tinySource(typedModel({ inputs, weights, classes: 2 }));
    const { model } = source.manifest;

    const loaded = await open({
      ...source,
      manifest: { ...source.manifest, model: { ...model, inputName: null, outputName: null } },
    });

    assert.deepEqual(await scoresOf(loaded, [pixelInput(1, 2, 3)]), [Float32Array.of(14, -6)]);
  });

  it('gives the scores of the output that its manifest names', async () => {
    const model = onnxFile({
      inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 2] }],
      outputs: [
        { name: 'logits', dtype: 'float32', shape: ['batch', 2] },
        { name: 'probabilities', dtype: 'float32', shape: ['batch', 2] },
      ],
      nodes: [
        { op: 'Identity', inputs: ['input'], outputs: ['logits'] },
        { op: 'Softmax', inputs: ['input'], outputs: ['probabilities'], ints: { axis: 1 } },
      ],
    });
    const input = { ...tinyInput, width: 2 };
    const source = tinySource(model, { input, output: { kind: 'probabilities' } });
    const named = { ...source.manifest.model, outputName: 'probabilities' };
    const loaded = await open({ ...source, manifest: { ...source.manifest, model: named } });

    const [scores] = await scoresOf(loaded, [pixelInput(0, Math.log(3))]);

    // ln 1/4 and ln 3/4.
    assert.ok(Math.abs(scores![0]! - Math.log(0.25)) < 1e-6, String(scores));
    assert.ok(Math.abs(scores![1]! - Math.log(0.75)) < 1e-6, String(scores));
  });

  it('is preprocessed as its manifest says', async () => {
    const preprocess = { ...asTheyAre(tinyInput), scale: 255, mean: [1], std: [2] };
    const model = await open(tinySource(tinyModel(), { preprocess }));

    const [scores] = await scoresOf(model, [pixelInput(1, 0, 0)]);

    // 127, -0.5 and -0.5.
    assert.deepEqual(scores, Float32Array.of(127 - 1 - 1.5 + 10, -126 + 20));
  });

  it('of float16 takes pixels as halves, and gives its halves as floats', async () => {
    const inputs = [{ name: 'input', dtype: 'float16', shape: ['batch', 3] }] as const;
    const model = await open(
      tinySource(typedModel({ inputs, weights, classes: 2, scores: 'float16' })),
    );

    assert.deepEqual(model.plan.input.dtypes, ['float16']);
    assert.deepEqual(await scoresOf(model, [pixelInput(1, 2, 3), pixelInput(0.5, 0, 0)]), [
      Float32Array.of(14, -6),
      Float32Array.of(0.5, -0.5),
    ]);
  });

  it('of float64 gives its scores as floats', async () => {
    const inputs = [{ name: 'input', dtype: 'float64', shape: ['batch', 3] }] as const;
    const model = await open(
      tinySource(typedModel({ inputs, weights, classes: 2, scores: 'float64' })),
    );

    assert.deepEqual(await scoresOf(model, [pixelInput(1, 2, 3)]), [Float32Array.of(14, -6)]);
  });
});

describe('a model with a fixed batch', () => {
  const fixedModel = (rows: number): Uint8Array =>
    onnxFile({
      inputs: [{ name: 'input', dtype: 'float32', shape: [rows, 3] }],
      outputs: [{ name: 'logits', dtype: 'float32', shape: [rows, 2] }],
      constants: [{ name: 'weights', data: weights, shape: [3, 2] }],
      nodes: [{ op: 'MatMul', inputs: ['input', 'weights'], outputs: ['logits'] }],
    });
  for (const rows of [1, 4])
    for (const count of [1, 3, 4, 9])
      it(`of ${rows} answers ${count} rows, each its own`, async () => {
        const model = await open(tinySource(fixedModel(rows)));
        const inputs = Array.from({ length: count }, (_, x) => pixelInput(x, 1, 0));

        const scores = await scoresOf(model, inputs, 2);

        assert.equal(model.plan.input.fixedRows, rows);
        assert.deepEqual(
          scores,
          inputs.map((_, x) => Float32Array.of(x + 2, -x - 1)),
        );
      });
});

describe('a model of tensors', () => {
  const spec: TensorInput = {
    kind: 'tensor',
    tensors: [
      { name: 'age', dtype: 'int64', shape: [1] },
      { name: 'isNew', dtype: 'bool', shape: [1] },
      { name: 'height', dtype: 'float16', shape: [1] },
    ],
  };
  const model = typedModel({
    // Not in the order of the task: names decide.
    inputs: [
      { name: 'isNew', dtype: 'bool', shape: ['batch', 1] },
      { name: 'height', dtype: 'float16', shape: ['batch', 1] },
      { name: 'age', dtype: 'int64', shape: ['batch', 1] },
    ],
    weights,
    classes: 2,
  });
  const person = (age: bigint, isNew: 0 | 1, height: number): Input =>
    encodeTensors(
      [
        { data: BigInt64Array.of(age), dims: [1] },
        { data: Uint8Array.of(isNew), dims: [1] },
        { data: Uint16Array.of(float16BitsOf(height)), dims: [1] },
      ],
      spec,
    );

  it('takes each under its name and in its type', async () => {
    const loaded = await open(tensorSource(model, spec));

    // isNew + 2 height + 3 age, and less all of them.
    assert.deepEqual(await scoresOf(loaded, [person(40n, 1, 1.5), person(-3n, 0, 2)]), [
      Float32Array.of(1 + 3 + 120, -42.5),
      Float32Array.of(4 - 9, 1),
    ]);
    assert.deepEqual(loaded.plan.input.dtypes, ['int64', 'bool', 'float16']);
  });

  it('does not take another type than the callers give, though it could be made', async () => {
    const wide = typedModel({
      inputs: [{ name: 'age', dtype: 'int32', shape: ['batch', 1] }],
      weights: Float32Array.of(1, -1),
      classes: 2,
    });
    const { problems } = await tryLoadModel(
      tensorSource(wide, { kind: 'tensor', tensors: [spec.tensors[0]!] }),
    );

    assert.deepEqual(problems, [
      'The input age int32 [?,1] takes int32, the bundle gives age as int64. Mend the dtype in ' +
        'the manifest.',
    ]);
  });

  it('is refused with everything that does not fit, at once', async () => {
    const source = tensorSource(model, {
      kind: 'tensor',
      tensors: [spec.tensors[0]!, { name: 'weight', dtype: 'float32', shape: [1] }],
    });

    const manifest = { ...source.manifest, labels: ['a', 'b', 'c'] };

    await assert.rejects(open({ ...source, manifest }), (error) => {
      assert.ok(error instanceof InvalidBundleError);
      assert.match(error.message, /^The model does not fit its manifest:\n- /);
      assert.equal(error.message.split('\n- ').length - 1, 4);
      assert.match(error.message, /needs the input isNew bool \[\?,1\]/);
      assert.match(error.message, /needs the input height float16/);
      assert.match(error.message, /has no input "weight"/);
      assert.match(error.message, /does not hold \[batch, 3\]/);
      assert.equal(error.details['problems'], 4);
      return true;
    });
  });

  it('takes strings', async () => {
    const words = onnxFile({
      inputs: [{ name: 'word', dtype: 'string', shape: ['batch', 1] }],
      outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
      constants: [{ name: 'minus', data: Float32Array.of(-1), shape: [1, 1] }],
      nodes: [
        cast('word', 'number', 'float32'),
        { op: 'Mul', inputs: ['number', 'minus'], outputs: ['negative'] },
        {
          op: 'Concat',
          inputs: ['number', 'negative'],
          outputs: ['logits'],
          ints: { axis: 1 },
        },
      ],
    });
    const input: TensorInput = {
      kind: 'tensor',
      tensors: [{ name: 'word', dtype: 'string', shape: [1] }],
    };
    const wordOf = (word: string): Input => encodeTensors([{ data: [word], dims: [1] }], input);
    const loaded = await open(tensorSource(words, input));

    assert.deepEqual(await scoresOf(loaded, [wordOf('3'), wordOf('0.25')]), [
      Float32Array.of(3, -3),
      Float32Array.of(0.25, -0.25),
    ]);
  });
});

describe('a model that gives', () => {
  const scikit = (outputs: 'labels' | 'maps'): Uint8Array =>
    onnxFile({
      inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 2] }],
      outputs: [
        { name: 'label', dtype: 'int64', shape: ['batch'] },
        ...(outputs === 'maps' ? [{ name: 'maps', dtype: 'maps' as const }] : []),
      ],
      nodes: [
        { op: 'ArgMax', inputs: ['input'], outputs: ['label'], ints: { axis: 1, keepdims: 0 } },
        ...(outputs === 'maps'
          ? [
              {
                op: 'ZipMap',
                domain: 'ai.onnx.ml',
                inputs: ['input'],
                outputs: ['maps'],
                lists: { classlabels_int64s: [0, 1] },
              },
            ]
          : []),
      ],
    });
  const sourceOf = (model: Uint8Array, outputName: string | null): ModelSource => {
    const source = tinySource(model, { input: { ...tinyInput, width: 2 } });
    const named = { ...source.manifest.model, outputName };
    return { ...source, manifest: { ...source.manifest, model: named } };
  };

  it('labels alone is refused', async () => {
    const { problems } = await tryLoadModel(sourceOf(scikit('labels'), null));

    assert.deepEqual(problems, [
      'The output label int64 [?] holds int64, not scores: name the output with logits or ' +
        'probabilities.',
    ]);
  });

  it('maps of scikit-learn is refused with the option of its exporter', async () => {
    const { problems } = await tryLoadModel(sourceOf(scikit('maps'), 'maps'));

    assert.deepEqual(problems, [
      'The output maps (no tensor: a sequence or a map) is no tensor. Exporters of scikit-learn ' +
        'wrap scores in a ZipMap: export with "zipmap": False.',
    ]);
  });

  it('one score a row answers for two labels', async () => {
    const shapes: readonly (readonly string[] | readonly [string, number])[] = [
      ['batch', 1],
      ['batch'],
    ];
    for (const shape of shapes) {
      const model = onnxFile({
        inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 2] }],
        outputs: [{ name: 'score', dtype: 'float32', shape }],
        constants: [{ name: 'axes', data: BigInt64Array.of(1n), shape: [1] }],
        nodes: [
          {
            op: 'ReduceSum',
            inputs: ['input', 'axes'],
            outputs: ['score'],
            ints: { keepdims: shape.length - 1 },
          },
        ],
      });
      const loaded = await open(sourceOf(model, null));

      assert.deepEqual(await scoresOf(loaded, [pixelInput(1, 2), pixelInput(-4, 0)]), [
        Float32Array.of(0, 3),
        Float32Array.of(0, -4),
      ]);
    }
  });
});

describe('a model in memory', () => {
  it('can be closed twice, and does not run any more', async () => {
    const model = await open(tinySource());
    const rows = [model.prepare(pixelInput(1, 2, 3))];

    await Promise.all([model.close(), model.close()]);

    await assert.rejects(model.run(rows), InvalidModelOutputError);
  });

  it('fills short runs up, and gives back only the rows that were asked for', async () => {
    const model = await open(tinySource());

    const scores = await scoresOf(model, [pixelInput(1, 2, 3)], 5);

    assert.deepEqual(scores, [Float32Array.of(24, 14)]);
  });
});
