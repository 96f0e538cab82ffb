import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadModel } from '../../src/model/loaded-model.js';
import type { ModelSource } from '../../src/model/model-runner.js';
import { tryModel } from '../../src/model/try-model.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import type { Input } from '../../src/task/task.js';
import { pixelInput } from '../support/inputs.js';
import { onnxFile, type OnnxNode } from '../support/onnx-file.js';
import { readFixture } from '../support/read-fixture.js';
import { tinySource } from '../support/tiny-model.js';
import { cast } from '../support/typed-model.js';

async function problemsOf(
  source: ModelSource,
  { known = [], longestMsMax = Infinity }: { known?: readonly Input[]; longestMsMax?: number } = {},
): Promise<readonly string[]> {
  const model = await loadModel(source);
  try {
    return (await tryModel(model, source.manifest, { known, longestMsMax })).problems;
  } finally {
    await model.close();
  }
}

/** Scores of three pixels, and what becomes of them. */
const scoring = (...nodes: readonly OnnxNode[]): ModelSource =>
  tinySource(
    onnxFile({
      inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 3] }],
      outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
      constants: [
        { name: 'weights', data: Float32Array.of(1, -1, 2, -1, 3, -1), shape: [3, 2] },
        { name: 'noWeights', data: new Float32Array(6), shape: [3, 2] },
        { name: 'half', data: Float32Array.of(0.5), shape: [1] },
        { name: 'eightRows', data: BigInt64Array.of(8n, 2n), shape: [2] },
      ],
      nodes: [{ op: 'MatMul', inputs: ['input', 'weights'], outputs: ['scores'] }, ...nodes],
    }),
  );

describe('a model that is tried', () => {
  it('is refused when it gives one row two answers, alone', async () => {
    const noisy = scoring(
      { op: 'RandomNormalLike', inputs: ['scores'], outputs: ['noise'] },
      { op: 'Add', inputs: ['scores', 'noise'], outputs: ['logits'] },
    );

    const problems = await problemsOf(noisy);

    assert.match(problems.join(), /^the model is not deterministic: .* \(model\.eval\(\) in PyTor/);
  });

  it('is refused when a row alone fails, though several do not', async () => {
    const eight = scoring({ op: 'Reshape', inputs: ['scores', 'eightRows'], outputs: ['logits'] });

    const [problem] = await problemsOf(eight);

    assert.match(
      problem!,
      /^a run of 8 rows works, one of a single row fails: export it with a dy/,
    );
  });

  const logarithm = scoring({ op: 'Log', inputs: ['scores'], outputs: ['logits'] });
  it('is refused for values that are not finite, with the input and what would help', async () => {
    const [problem] = await problemsOf(logarithm);

    assert.match(problem!, /^the model gives values that are not finite: \[[-\d.a-zA-Z]+, NaN\]\n/);
    assert.match(
      problem!,
      /\nfor the input image \(of 3x1 grey images\)\nIt is made up .*recorded/,
    );
  });

  it('has real inputs shown as they are, without that advice', async () => {
    const [problem] = await problemsOf(logarithm, { known: [pixelInput(1, 1, 1)] });

    assert.match(problem!, /NaN\]\nfor the input image \(of 3x1 grey images\)$/);
  });

  it('may give every input the same scores, which look like probabilities', async () => {
    const constant = scoring(
      { op: 'MatMul', inputs: ['input', 'noWeights'], outputs: ['nothing'] },
      { op: 'Add', inputs: ['nothing', 'half'], outputs: ['logits'] },
    );

    assert.deepEqual(await problemsOf(constant), []);
  });

  it('is refused when its scores are probabilities, and it calls them logits', async () => {
    const shares = scoring({ op: 'Softmax', inputs: ['scores'], outputs: ['logits'] });

    assert.match((await problemsOf(shares)).join(), /^the scores are probabilities .* set output/);
  });
});

describe('the longest text', () => {
  const positions = 40;
  const oracle = readFixture('preprocess/fixtures/tokenizers.json') as Record<
    string,
    { readonly tokenizer: object }
  >;
  const tokenizer = Buffer.from(JSON.stringify(oracle['WordPiece as BERT']!.tokenizer));

  /** Adds a learnt number for each position of a text, of which it has 40. */
  function textSource(changes: Partial<BundleManifest> = {}, tokensMax = 128): ModelSource {
    const model = onnxFile({
      inputs: [{ name: 'input_ids', dtype: 'int64', shape: ['batch', 'n'] }],
      outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
      constants: [
        { name: 'learnt', data: new Float32Array(positions), shape: [positions] },
        { name: 'start', data: BigInt64Array.of(0n), shape: [] },
        { name: 'step', data: BigInt64Array.of(1n), shape: [] },
        { name: 'axis', data: BigInt64Array.of(1n), shape: [] },
        { name: 'one', data: BigInt64Array.of(1n), shape: [1] },
        { name: 'weights', data: Float32Array.of(1, -1), shape: [1, 2] },
      ],
      nodes: [
        { op: 'Shape', inputs: ['input_ids'], outputs: ['shape'] },
        { op: 'Gather', inputs: ['shape', 'axis'], outputs: ['length'], ints: { axis: 0 } },
        { op: 'Range', inputs: ['start', 'length', 'step'], outputs: ['places'] },
        { op: 'Gather', inputs: ['learnt', 'places'], outputs: ['placed'] },
        cast('input_ids', 'ids', 'float32'),
        { op: 'Add', inputs: ['ids', 'placed'], outputs: ['both'] },
        { op: 'ReduceSum', inputs: ['both', 'one'], outputs: ['column'] },
        { op: 'MatMul', inputs: ['column', 'weights'], outputs: ['logits'] },
      ],
    });
    const source = tinySource(model, {
      input: { kind: 'text', charsMax: 200 },
      preprocess: {
        ...{ kind: 'tokenizer', file: 'tokenizer.json', configFile: null, tokensMax },
        ...{ padToMultipleOf: 16, inputIds: 'input_ids', attentionMask: null, tokenTypeIds: null },
      },
      ...changes,
    });
    return { ...source, files: new Map([['tokenizer.json', tokenizer]]) };
  }

  it('that a model can not take refuses it, and says how many tokens it takes', async () => {
    const [problem] = await problemsOf(textSource());

    assert.match(
      problem!,
      /of 200 characters, becomes 128 tokens, and the model takes 40: set pre/,
    );
    assert.match(problem!, /set preprocess\.tokensMax to 40\. The model cannot run: /);
  });

  it('is answered with the number of tokens that was said', async () => {
    assert.deepEqual(await problemsOf(textSource({}, positions)), []);
  });

  it('may be short by itself', async () => {
    const input = { kind: 'text', charsMax: 16 } as const;

    assert.deepEqual(await problemsOf(textSource({ input })), []);
  });

  it('is left out where it would take too long', async () => {
    assert.deepEqual(await problemsOf(textSource(), { longestMsMax: 0 }), []);
  });
});
