import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseManifest } from '../../src/registry/bundle-schema.js';
import { draftManifest } from '../../src/student/draft-manifest.js';
import { onnxFile, type OnnxValue } from '../support/onnx-file.js';
import { cast } from '../support/typed-model.js';

const float = (name: string, ...shape: (number | string)[]): OnnxValue => ({
  name,
  dtype: 'float32',
  shape,
});
const ids = (name: string): OnnxValue => ({ name, dtype: 'int64', shape: ['batch', 'sequence'] });

/** A model of these inputs and outputs; what it computes does not matter. */
function modelOf(inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): Uint8Array {
  const [first] = inputs;
  return onnxFile({
    inputs,
    outputs,
    constants: outputs.flatMap(({ name, shape }) => {
      const width = Number(shape!.at(-1));
      return [
        { name: `${name}_weights`, data: new Float32Array(width), shape: [1, width] },
        { name: `${name}_axis`, data: BigInt64Array.of(1n), shape: [1] },
      ];
    }),
    nodes: outputs.flatMap(({ name, dtype, shape }) => [
      cast(first!.name, `${name}_float`, 'float32'),
      { op: 'Flatten', inputs: [`${name}_float`], outputs: [`${name}_flat`], ints: { axis: 1 } },
      {
        op: 'ReduceMean',
        inputs: [`${name}_flat`],
        outputs: [`${name}_mean`],
        ints: { keepdims: 0 },
      },
      { op: 'Mul', inputs: [`${name}_mean`, `${name}_weights`], outputs: [`${name}_row`] },
      cast(`${name}_row`, `${name}_typed`, dtype),
      shape!.length === 3
        ? { op: 'Unsqueeze', inputs: [`${name}_typed`, `${name}_axis`], outputs: [name] }
        : { op: 'Identity', inputs: [`${name}_typed`], outputs: [name] },
    ]),
  });
}

async function draftOf(
  inputs: readonly OnnxValue[],
  outputs: readonly OnnxValue[] = [float('logits', 'batch', 3)],
  config: string | null = null,
) {
  const draft = await draftManifest(modelOf(inputs, outputs), 'net.onnx', config);
  assert.ok(draft.manifest !== null, 'problem' in draft ? draft.problem : '');
  parseManifest(draft.manifest, 'the draft'); // As it stands it is a valid one.
  return draft.manifest;
}

describe('the draft of a manifest', () => {
  it('names the file, and a label for each score', async () => {
    const draft = await draftOf([float('x', 'batch', 5)]);

    assert.deepEqual(draft, {
      format: 'understudy-bundle/1',
      model: { file: 'net.onnx' },
      labels: ['label-0', 'label-1', 'label-2'],
      input: { kind: 'tensor', tensors: [{ name: 'x', dtype: 'float32', shape: [5] }] },
      output: { kind: 'logits' },
    });
  });

  it('has a tokenizer where the model takes input_ids', async () => {
    const { input, preprocess } = await draftOf(['input_ids', 'attention_mask'].map(ids));

    assert.deepEqual(input, { kind: 'text', charsMax: 4000 });
    assert.deepEqual(preprocess, {
      ...{ kind: 'tokenizer', file: 'tokenizer.json', tokensMax: 128 },
      ...{ inputIds: 'input_ids', attentionMask: 'attention_mask', tokenTypeIds: null },
    });
  });

  it('feeds those of BERT’s inputs that there are', async () => {
    const { preprocess } = await draftOf(['token_type_ids', 'input_ids'].map(ids));

    const { attentionMask, tokenTypeIds } = preprocess as Record<string, unknown>;
    assert.deepEqual([attentionMask, tokenTypeIds], [null, 'token_type_ids']);
  });

  const images: readonly (readonly [string, (number | string)[], string, number[]])[] = [
    ['an RGB image, channels first', ['batch', 3, 8, 6], 'nchw', [6, 8, 3]],
    ['an RGB image, channels last', ['batch', 8, 6, 3], 'nhwc', [6, 8, 3]],
    ['a grey image', ['batch', 1, 28, 14], 'nchw', [14, 28, 1]],
    ['an image of any size', ['batch', 3, 'height', 'width'], 'nchw', [224, 224, 3]],
  ];
  for (const [what, shape, layout, [width, height, channels]] of images)
    it(`takes ${what}`, async () => {
      const { input, preprocess } = await draftOf([float('pixels', ...shape)]);

      assert.deepEqual(input, { kind: 'image', width, height, channels });
      assert.deepEqual(preprocess, { kind: 'image', width, height, layout });
    });

  it('has pixels from 0 to 255 where the model takes an image as bytes', async () => {
    const { preprocess } = await draftOf([
      { name: 'pixels', dtype: 'uint8', shape: ['batch', 8, 6, 3] },
    ]);

    const size = { width: 6, height: 8 };
    assert.deepEqual(preprocess, { kind: 'image', ...size, layout: 'nhwc', scale: 255 });
  });

  it('takes tensors as they are where it knows nothing better', async () => {
    const { input, preprocess } = await draftOf([
      { name: 'ids', dtype: 'int64', shape: ['batch', 'n'] },
      { name: 'isNew', dtype: 'bool', shape: ['batch'] },
      { name: 'cube', dtype: 'float16', shape: ['batch', 2, 3, 4] },
    ]);

    assert.equal(preprocess, undefined);
    assert.deepEqual(input, {
      kind: 'tensor',
      tensors: [
        { name: 'ids', dtype: 'int64', shape: [null] },
        { name: 'isNew', dtype: 'bool', shape: [] },
        { name: 'cube', dtype: 'float16', shape: [2, 3, 4] },
      ],
    });
  });

  it('names the output with the scores where there are several', async () => {
    const outputs = [
      { name: 'label', dtype: 'int64', shape: ['batch', 1] } as const,
      float('hidden', 'batch', 1, 8),
      float('probabilities', 'batch', 4),
    ];
    const { model, labels, output } = await draftOf([float('x', 'batch', 5)], outputs);

    assert.deepEqual(model, { file: 'net.onnx', outputName: 'probabilities' });
    assert.equal((labels as string[]).length, 4);
    assert.deepEqual(output, { kind: 'probabilities' });
  });

  it('has two labels where one score is of the second', async () => {
    const { labels } = await draftOf([float('x', 'batch', 5)], [float('score', 'batch', 1)]);

    assert.deepEqual(labels, ['label-0', 'label-1']);
  });

  it('has the labels of the config.json beside the model, where they are as many', async () => {
    const x = [float('x', 'batch', 5)];
    const config = JSON.stringify({ id2label: { 0: 'cat', 2: 'emu', 1: 'dog' } });

    const { labels } = await draftOf(x, [float('logits', 'batch', 3)], config);
    const others = await draftOf(x, [float('logits', 'batch', 4)], config);
    const broken = await draftOf(x, [float('logits', 'batch', 2)], '{"id2label": [');

    assert.deepEqual(labels, ['cat', 'dog', 'emu']);
    assert.deepEqual(others['labels'], ['label-0', 'label-1', 'label-2', 'label-3']);
    assert.deepEqual(broken['labels'], ['label-0', 'label-1']);
  });

  for (const [name, given, labels] of [
    [
      'classlabels_strings',
      { wordLists: { classlabels_strings: ['ham', 'spam'] } },
      ['ham', 'spam'],
    ],
    ['classlabels_ints', { lists: { classlabels_ints: [3, 7] } }, ['3', '7']],
  ] as const)
    it(`has the labels of a model of scikit-learn (${name})`, async () => {
      const dtype = name === 'classlabels_ints' ? 'int64' : 'string';
      const model = onnxFile({
        inputs: [float('x', 'batch', 2)],
        outputs: [{ name: 'label', dtype, shape: ['batch'] }, float('probabilities', 'batch', 2)],
        nodes: [
          {
            ...{ op: 'LinearClassifier', domain: 'ai.onnx.ml' },
            ...{ inputs: ['x'], outputs: ['label', 'probabilities'] },
            floatLists: { coefficients: [1, 0, 0, 1], intercepts: [0, 0] },
            ...given,
          },
        ],
      });

      const { manifest } = await draftManifest(model, 'net.onnx', null);

      assert.deepEqual(manifest?.['labels'], labels);
    });

  it('is none of a model that does not load, and says why', async () => {
    const draft = await draftManifest(Buffer.from('version https://git-lfs...'), 'net.onnx', null);

    assert.ok(draft.manifest === null);
    assert.match(draft.problem, /Git LFS pointer/);
  });
});
