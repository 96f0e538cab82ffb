import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { InvalidBundleError, NotFoundError } from '../../src/errors.js';
import * as op from '../../src/onnx/operators.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import { recordedJson } from '../../src/student/recorded-answers.js';
import { pixelInput } from '../support/inputs.js';
import { openSquares, type ServedTaskOptions } from '../support/served-task.js';
import { square } from '../support/square-task.js';
import { writeSquareBundle, type SquareModel } from '../support/square-bundle.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { modelOf } from '../support/tiny-model.js';

const directory = temporaryDirectory();
let bundles = 0;

/** A task, and what lies in its `incoming/`. */
async function open(options: ServedTaskOptions = {}) {
  const opened = await openSquares(directory, options);
  after(() => opened.task.close());
  const incoming = join(opened.dir, 'incoming');
  mkdirSync(incoming);
  const put = (
    model: SquareModel | Uint8Array = { cut: 0.3 },
    change?: (manifest: BundleManifest) => BundleManifest,
  ) => {
    const name = `bundle-${bundles++}`;
    const dir = writeSquareBundle(join(incoming, name), model, change);
    return { name, dir };
  };
  const versionsOf = async () => (await opened.task.students()).map(({ version }) => version);
  return { ...opened, incoming, put, versionsOf };
}

/** The model of a cut at 0.3 gives [0, 20 * (0.9 - 0.3)] for a square of 0.9. */
function record(dir: string, logits: readonly number[], input = square(0.9)): void {
  writeFileSync(join(dir, 'recorded.json'), recordedJson([{ input, logits }]));
  const path = join(dir, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as BundleManifest;
  writeFileSync(path, JSON.stringify({ ...manifest, recorded: 'recorded.json' }));
}

describe('a bundle that is taken in', () => {
  it('becomes a version that does not serve yet, and can be promoted', async () => {
    const { task, put, versions, log } = await open();
    const { name, dir } = put();
    record(dir, [0, 12]);

    const added = await task.addStudent(name);
    const serving = (await task.describe()).student!.version;
    const promoted = await task.promote(added.version);

    assert.match(added.version, /^v2-[0-9a-f]{8}$/);
    assert.equal(added.state, 'unserved');
    assert.deepEqual(
      log.of('student-added').map(({ fields }) => fields),
      [{ task: 'squares', version: added.version }],
    );
    assert.equal(serving, versions[0]);
    assert.equal(promoted.state, 'serving');
    assert.equal((await task.describe()).student!.version, added.version);
    assert.equal(existsSync(dir), false);
  });

  it('may be one of its name that came before: it is another version', async () => {
    const { task, put, versionsOf } = await open();
    const first = put();
    cpSync(first.dir, join(directory, 'again'), { recursive: true });
    await task.addStudent(first.name);
    cpSync(join(directory, 'again'), first.dir, { recursive: true });

    await task.addStudent(first.name);

    assert.equal(new Set(await versionsOf()).size, 3);
  });

  it('is one of at most bundlesMax beside those in use', async () => {
    const { task, put, versions, versionsOf } = await open({ distillation: { bundlesMax: 2 } });
    const added: string[] = [];
    for (const cut of [0.2, 0.3, 0.4])
      added.push((await task.addStudent(put({ cut }).name)).version);

    assert.deepEqual(await versionsOf(), [added[2], added[1], versions[0]]);
  });

  it('stays when older ones can not be removed', async () => {
    const { task, put, registry, log } = await open();
    registry.prune = async () => {
      throw new Error('read-only');
    };

    const { version } = await task.addStudent(put().name);

    assert.deepEqual(
      log.of('prune-failed').map(({ fields }) => fields['task']),
      ['squares'],
    );
    assert.ok((await task.students()).some((student) => student.version === version));
  });

  it('is taken in once, asked for twice at once', async () => {
    const { task, put, versionsOf } = await open();
    const { name } = put();

    const outcomes = await Promise.allSettled([task.addStudent(name), task.addStudent(name)]);

    const [first, second] = outcomes;
    assert.equal(first.status, 'fulfilled');
    assert.ok(second.status === 'rejected' && second.reason instanceof NotFoundError);
    assert.equal((await versionsOf()).length, 2);
  });
});

describe('a bundle is refused, and cleared away, and nothing is added:', () => {
  const nan = modelOf((graph, x) => {
    const weight = graph.constant(new Float32Array(8).fill(NaN), [4, 2]);
    return op.matMul(graph, x, weight);
  }, 4);
  const refusals: readonly {
    readonly what: string;
    readonly model?: SquareModel | Uint8Array;
    readonly change?: (manifest: BundleManifest) => BundleManifest;
    readonly spoil?: (dir: string) => void;
    readonly error: new (...given: never[]) => Error;
    readonly message: RegExp;
  }[] = [
    {
      what: 'other labels',
      change: (manifest) => ({ ...manifest, labels: ['bright', 'dark'] }),
      error: InvalidBundleError,
      message:
        /^The bundle does not fit squares: it has the labels bright, dark, the task has dark/,
    },
    {
      what: 'another input',
      change: (manifest) => ({
        ...manifest,
        input: { kind: 'image', width: 4, height: 1, channels: 1 },
      }),
      error: InvalidBundleError,
      message: /^The bundle does not fit squares: it takes .*4x1.*, the task has .*2x2/,
    },
    {
      what: 'a model that does not load',
      model: Buffer.from('no model'),
      error: InvalidBundleError,
      message: /cannot load the model/,
    },
    {
      what: 'a model that gives no finite numbers for real inputs',
      model: nan,
      spoil: (dir) => record(dir, [0, 1]),
      error: InvalidBundleError,
      message: /values that are not finite: \[NaN, NaN\]/,
    },
    {
      what: 'a model that does not give its recorded answers again',
      spoil: (dir) => record(dir, [0, 8]),
      error: InvalidBundleError,
      message: /does not give its recorded answers again: row 0, class 1: expected 8, got 1[12]/,
    },
    {
      what: 'recorded inputs of another size',
      spoil: (dir) => record(dir, [0, 12], pixelInput(0.9, 0.9)),
      error: InvalidBundleError,
      message: /^recorded\.json, row 0: An image of 4 numbers can not have 8 bytes/,
    },
    {
      what: 'a model file that is not the one of the manifest',
      spoil: (dir) => {
        const path = join(dir, 'model.onnx');
        const bytes = readFileSync(path);
        bytes[bytes.length - 1]! ^= 1;
        writeFileSync(path, bytes);
      },
      error: InvalidBundleError,
      message: /model\.onnx is damaged: its manifest says SHA-256/,
    },
    {
      what: 'no manifest',
      spoil: (dir) => writeFileSync(join(dir, 'manifest.json'), 'not JSON'),
      error: InvalidBundleError,
      message: /manifest\.json is not JSON/,
    },
  ];
  for (const { what, model, change, spoil, error, message } of refusals)
    it(what, async () => {
      const { task, put, versions, versionsOf } = await open();
      const { name, dir } = put(model, change);
      spoil?.(dir);

      await assert.rejects(task.addStudent(name), (thrown) => {
        assert.ok(thrown instanceof error, String(thrown));
        assert.match(thrown.message, message);
        return true;
      });

      assert.equal(existsSync(dir), false);
      assert.deepEqual(await versionsOf(), versions);
    });

  it('a file instead of a directory', async () => {
    const { task, incoming, versions, versionsOf } = await open();
    writeFileSync(join(incoming, 'model.onnx'), 'x');

    await assert.rejects(task.addStudent('model.onnx'), InvalidBundleError);

    assert.equal(existsSync(join(incoming, 'model.onnx')), false);
    assert.deepEqual(await versionsOf(), versions);
  });
});

describe('a name of a bundle', () => {
  for (const name of [
    'nothing',
    '',
    '.',
    '..',
    '../secret',
    'a/b',
    '/etc',
    'a\0b',
    'x'.repeat(101),
  ])
    it(`${JSON.stringify(name.slice(0, 12))} is refused, and touches nothing`, async () => {
      const { task, dir, put, versions, versionsOf } = await open();
      const other = put();
      const secret = writeSquareBundle(join(dir, 'secret'));

      await assert.rejects(task.addStudent(name), (error) => {
        assert.ok(error instanceof NotFoundError, String(error));
        assert.match(error.message, /^There is no bundle ".*" in .*incoming\. Copy its directory/);
        assert.ok(error.message.length < 600);
        return true;
      });

      assert.ok(existsSync(join(secret, 'model.onnx')));
      assert.ok(existsSync(join(other.dir, 'model.onnx')));
      assert.deepEqual(await versionsOf(), versions);
    });
});
