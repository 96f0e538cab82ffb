import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as op from '../../src/onnx/operators.js';
import { checkBundle, type BundleCheck } from '../../src/student/check-bundle.js';
import { recordedJson } from '../../src/student/recorded-answers.js';
import { writeHandWritten, type HandWritten } from '../support/hand-written.js';
import { pixelInput } from '../support/inputs.js';
import { onnxFile } from '../support/onnx-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { withDataOutside } from '../support/with-data-outside.js';
import { modelOf, tinyInput, tinyModel } from '../support/tiny-model.js';
import { coupledModel, rowKernelSource, typedModel } from '../support/typed-model.js';

const directory = temporaryDirectory();
let bundles = 0;
const tiny = { labels: ['yes', 'no'], input: tinyInput };

async function check(bundle: Partial<HandWritten>): Promise<BundleCheck> {
  const dir = join(directory, `bundle-${bundles++}`);
  return checkBundle(writeHandWritten(dir, { model: tinyModel(), manifest: tiny, ...bundle }));
}
const said = ({ findings }: BundleCheck): string =>
  findings.map(({ kind, text }) => `${kind}: ${text}`).join('\n');
const problemsOf = ({ findings }: BundleCheck): readonly string[] =>
  findings.filter(({ kind }) => kind === 'problem').map(({ text }) => text);
const notesOf = ({ findings }: BundleCheck): readonly string[] =>
  findings.filter(({ kind }) => kind === 'note').map(({ text }) => text);

/** Scores of three pixels whose batch axis, rank and length of a row are these. */
const shapedModel = (batch: number | string, nodes: Parameters<typeof onnxFile>[0]['nodes']) =>
  onnxFile({
    inputs: [{ name: 'input', dtype: 'float32', shape: [batch, 3] }],
    outputs: [{ name: 'logits', dtype: 'float32', shape: [batch, 2] }],
    constants: [
      { name: 'weights', data: Float32Array.of(1, -1, 2, -1, 3, -1), shape: [3, 2] },
      { name: 'little', data: Float32Array.of(1e-6), shape: [1] },
      { name: 'axes', data: BigInt64Array.of(0n), shape: [1] },
      { name: 'oneRow', data: BigInt64Array.of(1n, 3n), shape: [2] },
    ],
    nodes,
  });
const product = { op: 'MatMul', inputs: ['input', 'weights'], outputs: ['logits'] };

describe('the check of a bundle', () => {
  it('says what it has found out about a sound one', async () => {
    const checked = await check({});

    const { manifest, measurement } = checked;
    assert.match(
      said(checked),
      new RegExp(
        [
          'ok: manifest: 2 labels, 3x1 grey images, image',
          'ok: files: model\\.onnx, SHA-256 [0-9a-f]{64}',
          'note: scores are taken as logits; for probabilities set output\\.kind',
          'ok: model loads; inputs: input float32 \\[\\?,3\\]; outputs: logits float32 \\[\\?,2\\]',
          'ok: answers are finite, for example logits \\[[\\d.]+, [\\d.]+\\]',
          'ok: speed: [\\d.e-]+ ms for one row; [\\d.e-]+ ms for 64 \\([\\d.]+ times .*\\)',
          'ok: answers do not depend on the size of the run, to the last bit',
        ].join('\n'),
      ),
    );
    assert.equal(checked.findings.length, 7);
    assert.equal(manifest!.version, `v0-${manifest!.model.sha256.slice(0, 8)}`);
    assert.equal(measurement!.curve[0]!.rows, 1);
  });

  it('stops at a manifest that can not be read', async () => {
    const checked = await check({ manifest: { labels: ['one'] } });

    assert.equal(checked.findings.length, 1);
    assert.match(problemsOf(checked)[0]!, /manifest\.json has problems:\n- (.|\n)*labels/);
    assert.deepEqual([checked.manifest, checked.measurement], [null, null]);
  });

  it('stops at a directory that is not there', async () => {
    const checked = await checkBundle(join(directory, 'nowhere'));

    assert.match(said(checked), /^problem: .*nowhere.manifest\.json is missing/);
  });

  it('stops at a model that does not load', async () => {
    const checked = await check({ model: tinyModel().slice(0, 60) });

    assert.match(problemsOf(checked).join(), /is no ONNX model, or is cut short\.$/);
    assert.equal(checked.manifest!.labels.length, 2);
    assert.equal(checked.measurement, null);
  });

  it('says what to do about weights in a file beside the model', async () => {
    const model = withDataOutside(tinyModel(), 'model.onnx.data');
    const files = { 'model.onnx.data': new Uint8Array(64) };

    const [problem] = problemsOf(await check({ model, files }));

    assert.match(problem!, /weights lie in another file, model\.onnx\.data, .*one-file\.onnx/);
  });

  it('says everything at once that does not fit the manifest', async () => {
    const manifest = { ...tiny, labels: ['a', 'b', 'c'], input: { ...tinyInput, width: 4 } };
    const problems = problemsOf(await check({ manifest }));

    assert.equal(problems.length, 2);
    assert.match(problems[0]!, /input float32 \[\?,3\] has 3 on axis 1, .* \[batch,4\]/);
    assert.match(problems[1]!, /logits float32 \[\?,2\] does not hold \[batch, 3\]/);
  });

  it('refuses answers that are no numbers', async () => {
    const model = modelOf((graph, x) => {
      const weight = graph.constant(Float32Array.of(1, NaN, 1, 1, 1, 1), [3, 2]);
      return op.matMul(graph, x, weight);
    });
    const checked = await check({ model });

    assert.match(problemsOf(checked).join(), /not finite: \[[\d.]+, NaN\]\nfor the input image/);
    assert.equal(checked.measurement, null);
  });

  it('notes fields that nobody reads, with the one that may be meant', async () => {
    const manifest = { ...tiny, modle: {}, comment: 'of Tuesday', $schema: 'x', _made: 'by hand' };
    const checked = await check({ manifest });

    assert.deepEqual(problemsOf(checked), []);
    assert.deepEqual(notesOf(checked).slice(0, 2), [
      'the manifest has a field "modle", which nobody reads: is "model" meant?',
      'the manifest has a field "comment", which nobody reads',
    ]);
    assert.equal(notesOf(checked).length, 3);
  });

  it('refuses an axis left open where the model takes one length', async () => {
    const input = {
      kind: 'tensor',
      tensors: [{ name: 'input', dtype: 'float32', shape: [null] }],
    };
    const problems = problemsOf(await check({ manifest: { ...tiny, input } }));

    // Examples have 4 numbers there.
    assert.match(problems.at(-1)!, /input float32 \[\?,3\] takes one length where .* to \[3\]\.$/);
  });

  it('tells of each finding as it is made, and of runs before they start', async () => {
    const told: string[] = [];
    const dir = writeHandWritten(join(directory, 'told'), { model: tinyModel(), manifest: tiny });
    const { findings } = await checkBundle(dir, {
      onFinding: ({ text }) => told.push(text),
      onRun: () => told.push('run'),
    });

    assert.deepEqual(
      told.filter((word) => word !== 'run'),
      findings.map(({ text }) => text),
    );
    const loaded = told.findIndex((word) => word.startsWith('model loads'));
    assert.equal(told[loaded + 1], 'run');
  });

  it('notes a model that says the same of every input', async () => {
    const model = modelOf((graph, x) => {
      const weight = graph.constant(new Float32Array(6), [3, 2]);
      return op.matMul(graph, x, weight);
    });

    assert.match(notesOf(await check({ model })).join(), /the very same scores/);
  });

  it('has nothing to say of logits where the manifest says probabilities', async () => {
    const model = modelOf((graph, x) => {
      const weight = graph.constant(Float32Array.of(1, -1, 2, -1, 3, -1), [3, 2]);
      return graph.apply('Softmax', [op.matMul(graph, x, weight)], ['batch', 2]);
    });
    const checked = await check({
      model,
      manifest: { ...tiny, output: { kind: 'probabilities' } },
    });

    assert.deepEqual(notesOf(checked), []);
    assert.deepEqual(problemsOf(checked), []);
  });
});

describe('the check of an image model of bytes', () => {
  const input = { kind: 'image', width: 3, height: 1, channels: 1 } as const;
  const model = typedModel({
    inputs: [{ name: 'input', dtype: 'uint8', shape: ['batch', 3] }],
    weights: Float32Array.of(1, -1, 2, -1, 3, -1),
    classes: 2,
  });
  const manifestOf = (preprocess: object) => ({
    ...{ ...tiny, input },
    preprocess: { kind: 'image', ...preprocess },
  });

  it('refuses pixels that would be rounded to 0 and 1', async () => {
    const checked = await check({ model, manifest: manifestOf({}) });

    assert.match(
      problemsOf(checked).join(),
      /^the model takes an image as uint8.*set preprocess\.scale to 255/,
    );
  });

  it('takes those that are scaled up', async () => {
    for (const preprocess of [{ scale: 255 }, { std: [1 / 255] }])
      assert.deepEqual(problemsOf(await check({ model, manifest: manifestOf(preprocess) })), []);
  });
});

describe('the check of rows that share a run', () => {
  it('notes a batch axis of a fixed length', async () => {
    const notes = notesOf(await check({ model: shapedModel(4, [product]) }));

    assert.match(notes.join(), /takes exactly 4 row\(s\) a run: export it with a dynamic batch/);
  });

  it('notes rows that disturb each other: they will run alone', async () => {
    const checked = await check({ model: coupledModel() });

    assert.match(notesOf(checked).join(), /depends on the other rows .* every row will run alone/);
    assert.equal(checked.measurement!.batching, 'coupled');
  });

  it('notes answers that differ by no more than rounding', async () => {
    const model = shapedModel('batch', [
      { ...product, outputs: ['scores'] },
      { op: 'ReduceMax', inputs: ['scores', 'axes'], outputs: ['largest'] },
      { op: 'Mul', inputs: ['largest', 'little'], outputs: ['rest'] },
      { op: 'Add', inputs: ['scores', 'rest'], outputs: ['logits'] },
    ]);

    assert.match(notesOf(await check({ model })).join(), /differ in their last digits/);
  });

  it('notes runs that are filled up, where a row alone takes another kernel', async () => {
    const { model, manifest } = rowKernelSource();
    const { labels, input } = manifest;
    const checked = await check({ model, manifest: { labels, input } });

    const isFilled = checked.measurement!.rowsMin === 2;
    assert.equal(said(checked).includes('note: runs are filled up to 2 rows'), isFilled);
    assert.equal(said(checked).includes('to the last bit'), !isFilled);
  });

  it('lets rows run alone where the model does not bear its free batch axis', async () => {
    const model = shapedModel('batch', [
      { op: 'Reshape', inputs: ['input', 'oneRow'], outputs: ['row'] },
      { ...product, inputs: ['row', 'weights'] },
    ]);
    const checked = await check({ model });

    assert.deepEqual(problemsOf(checked), []);
    assert.match(notesOf(checked).join(), /every row will run alone/);
    assert.equal(checked.measurement!.curve.length, 1);
  });
});

describe('the check of recorded answers', () => {
  const manifest = { ...tiny, recorded: 'recorded.json' };
  const input = pixelInput(0, 0.5, 1);
  const withRecorded = (content: string): Promise<BundleCheck> =>
    check({ manifest, files: { 'recorded.json': content } });

  it('has the model give them again', async () => {
    const rows = [
      { input, logits: [14, 18.5] },
      { input: pixelInput(1, 1, 1), logits: [16, 17] },
    ];
    const checked = await withRecorded(recordedJson(rows));

    assert.deepEqual(problemsOf(checked), []);
    assert.match(said(checked), /ok: files: model\.onnx, recorded\.json/);
    assert.match(said(checked), /ok: answers are finite, for example logits \[14, 18\.5\]/);
    assert.match(said(checked), /ok: gives its 2 recorded answers again$/);
  });

  it('has rows give them alone that disturb each other', async () => {
    const rows = [input, pixelInput(1, 1, 1)].map((row) => ({ input: row, logits: [0, 0] }));
    const files = { 'recorded.json': recordedJson(rows) };
    const checked = await check({ model: coupledModel(), manifest, files });

    assert.deepEqual(problemsOf(checked), []);
  });

  it('refuses others', async () => {
    const checked = await withRecorded(recordedJson([{ input, logits: [14, 19] }]));

    assert.match(problemsOf(checked).join(), /row 0, class 1: expected 19, got 18\.5/);
    assert.ok(checked.measurement !== null);
  });

  it('refuses a file that has none', async () => {
    const checked = await withRecorded('[]');

    assert.match(problemsOf(checked).join(), /^recorded\.json has problems/);
    assert.doesNotMatch(said(checked), /recorded answers again/);
  });

  it('refuses a file that is cut off, and says where', async () => {
    const checked = await withRecorded('{"rows":');

    assert.match(
      problemsOf(checked).join(),
      /^recorded\.json is not JSON: line 1, column 9: it end/,
    );
  });

  it('refuses inputs that are none of the task', async () => {
    const rows = [{ input: input.subarray(4), logits: [14, 18.5] }];
    const checked = await withRecorded(recordedJson(rows));

    assert.match(problemsOf(checked).join(), /^recorded\.json, row 0: .* can not have 8 bytes/);
  });
});
