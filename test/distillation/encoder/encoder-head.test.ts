import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openEncoder } from '../../../src/distillation/encoder/open-encoder.js';
import { readEncoder } from '../../../src/distillation/encoder/read-encoder.js';
import { seedRowOf, writeSnapshot } from '../../../src/distillation/dataset.js';
import { trainBundle } from '../../../src/distillation/train-bundle.js';
import { encodeModel } from '../../../src/onnx/encode-model.js';
import { Graph } from '../../../src/onnx/graph.js';
import { readBundle } from '../../../src/registry/read-bundle.js';
import { checkBundle } from '../../../src/student/check-bundle.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { drawOrders, ordersTask } from '../../support/orders-task.js';
import { distilOrders } from '../../support/distil-orders.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import {
  encoderTokenizer,
  encoderWidth,
  pieceVectors,
  wordsEncoder,
  writeEncoder,
} from '../../support/words-encoder.js';

const directory = temporaryDirectory();
const newDirectory = (): string => mkdtempSync(join(directory, 'encoder-'));
const encoderDir = writeEncoder(join(directory, 'words'));
const open = async (dir: string) => {
  const { input } = ordersTask;
  return openEncoder(await readEncoder(dir, input), input);
};

/** The mean over the tokens of a text, from the table itself. */
function meanOf(text: string): Float32Array {
  const [ids, mask] = encoderTokenizer.prepare(encodeText(text));
  const own = Array.from(ids!.data as BigInt64Array, Number).filter(
    (_, k) => (mask!.data as BigInt64Array)[k] === 1n,
  );
  return Float32Array.from({ length: encoderWidth }, (_, j) =>
    own.reduce((sum, id) => sum + pieceVectors[id * encoderWidth + j]! / own.length, 0),
  );
}

async function train(parentBundleDir: string | null = null, rows = 160) {
  const snapshotDir = newDirectory();
  const outDir = join(snapshotDir, 'student');
  const drawn = (count: number, seed: number) => drawOrders(count, seededDraw(seed)).map(seedRowOf);
  const teacher = { name: 'teacher', version: 'v0-teacher' };
  const about = { task: ordersTask, teacher, seed: 1, shiftPixels: 0, timeSpanMs: null };
  await writeSnapshot(snapshotDir, { ...about, train: drawn(rows, 1), validation: drawn(110, 2) });
  const shares: number[] = [];
  const { training } = await trainBundle({
    ...{ snapshotDir, outDir, parentBundleDir, seed: 1, isContinued: false },
    make: { kind: 'encoder-head', encoderDir },
    search: { workMax: 4, secondsMax: 3600 },
    onProgress: ({ share }) => shares.push(share),
  });
  return { training, shares, outDir, manifest: (await readBundle(outDir)).manifest };
}

describe('a head on a frozen encoder', () => {
  it('is trained in a run, and served with its encoder as one model', async () => {
    const { result, progress } = await distilOrders(directory, {
      kind: 'embedded',
      student: 'auto',
      encoder: './words',
    });

    assert.equal(result.kind, 'judged');
    const { evaluation, isAccepted, candidateDir } = result;
    assert.equal(isAccepted, true, JSON.stringify(evaluation.gates));
    assert.ok(evaluation.agreement.estimate > 0.8, `agreement ${evaluation.agreement.estimate}`);
    const { manifest, files } = await readBundle(candidateDir);
    assert.equal(manifest.model.architecture, 'words (frozen), MLP 64-128-4');
    assert.deepEqual([...files.keys()].toSorted(), ['recorded.json', 'tokenizer.json']);
    assert.match(progress.map(({ message }) => message).join(), /Embedding row \d+ of \d+, /);
    const { findings } = await checkBundle(candidateDir);
    assert.deepEqual(
      findings.filter(({ kind }) => kind === 'problem'),
      [],
    );
  });

  it('is the same for the same rows, and goes on from the one that serves', async () => {
    const [one, two] = [await train(), await train()];
    const grown = await train(one.outDir, 330);

    assert.equal(one.manifest.model.sha256, two.manifest.model.sha256);
    assert.deepEqual(
      one.shares,
      one.shares.toSorted((a, b) => a - b),
    );
    assert.ok(one.shares[0]! > 0 && one.shares.at(-1)! <= 1);
    const settings = grown.training.trials.map((trial) => trial.settings);
    for (const pattern of [/from the incumbent$/, /^linear/])
      assert.ok(
        settings.some((name) => pattern.test(name)),
        settings.join('; '),
      );
  });

  it('sees the mean over the tokens of a text; equal texts are embedded once', async () => {
    const encoder = await open(encoderDir);
    const texts = ['my card is late', 'hello', 'my card is late', 'refund, refund, and so on'];
    const inputs = texts.map(encodeText);
    const done: number[] = [];
    const embeddings = await encoder.embed(inputs, (count) => done.push(count));
    await encoder.close();

    texts.forEach((text, row) => assertNearAll(embeddings.get(inputs[row]!)!, meanOf(text), 1e-5));
    assert.equal(embeddings.get(inputs[0]!), embeddings.get(inputs[2]!));
    assert.deepEqual(done, [1, 2, 3, 4]);
  });

  it('takes the output that a manifest names, as it is', async () => {
    const manifest = {
      model: { outputName: 'pooler_output' },
      preprocess: { kind: 'tokenizer', tokensMax: 16 },
      labels: ['not', 'read'],
    };
    const dir = writeEncoder(newDirectory(), { 'manifest.json': JSON.stringify(manifest) });
    const encoder = await open(dir);
    const text = encodeText('my card');
    const embedding = (await encoder.embed([text], () => {})).get(text)!;
    await encoder.close();

    // The vector of [CLS], the first token.
    const start = encoderTokenizer.pieces.indexOf('[CLS]') * encoderWidth;
    assertNearAll(embedding, pieceVectors.subarray(start, start + encoderWidth), 1e-6);
  });

  const tokens = ['batch', 'sequence'] as const;
  const unnamed = ['a', 'b'].map((name) => ({ name, dtype: 'float32' as const }));
  const identities = ['a', 'b'].map((name) => ({
    op: 'Gather',
    inputs: ['table', 'input_ids'],
    outputs: [name],
  }));
  const manifestOf = (content: object) => ({ 'manifest.json': JSON.stringify(content) });
  const refused: readonly (readonly [string, Parameters<typeof writeEncoder>[1], RegExp])[] = [
    ['no model', { 'model.onnx': null }, /lacks .*model\.onnx or .*onnx\/model\.onnx\. Its dir/],
    ['no tokenizer', { 'tokenizer.json': null }, /lacks .*tokenizer\.json/],
    ['no ONNX', { 'model.onnx': 'version 1.0 of words' }, /no ONNX model, or is cut short/],
    ['an old opset', { 'model.onnx': wordsEncoder({ opset: 9 }) }, /of opset 9, .* export it/],
    [
      'outputs that nobody knows',
      { 'model.onnx': wordsEncoder({ outputs: unnamed, nodes: identities }) },
      /does not say which of its outputs .*: a float32.*, b float32.*\{"model": \{"outputName"/,
    ],
    ['a wrong output', manifestOf({ model: { outputName: 'words' } }), /has no output words /],
    ['a wrong manifest', manifestOf({ preprocess: { kind: 'tokenize' } }), /has problems:\n- pre/],
    ['other inputs', manifestOf({ preprocess: { kind: 'tensor' } }), /does not fit the task: prep/],
    [
      'an input that nothing fills',
      manifestOf({ preprocess: { kind: 'tokenizer', attentionMask: null } }),
      /can not be fed: The model needs the input attention_mask/,
    ],
    [
      'tokens without a mask',
      {
        'model.onnx': wordsEncoder({
          inputs: [{ name: 'input_ids', dtype: 'int64', shape: tokens }],
        }),
      },
      /has a vector for each token, and no attention mask/,
    ],
  ];
  for (const [what, files, reason] of refused)
    it(`is not put on an encoder with ${what}: the error says why`, async () => {
      const dir = writeEncoder(newDirectory(), files);

      await assert.rejects(open(dir), (error: Error) => {
        assert.equal(error.name, 'InvalidBundleError');
        assert.match(error.message, reason);
        return true;
      });
    });

  it('is not put on scores of more axes', async () => {
    const graph = new Graph();
    const ids = graph.input('input_ids', [...tokens], 'int64');
    const table = graph.constant(new Float32Array(4000), [1000, 2, 2]);
    graph.output('state', graph.apply('Gather', [table, ids], [...tokens, 2, 2]));
    const dir = writeEncoder(newDirectory(), { 'model.onnx': encodeModel(graph) });

    await assert.rejects(open(dir), /has shape \[1,\d+,2,2\]: a head goes on \[batch, width\] or/);
  });
});
