import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  readSnapshot,
  seedRowOf,
  writeSnapshot,
  type DatasetManifest,
  type DatasetRow,
  type SnapshotContent,
} from '../../src/distillation/dataset.js';
import { snapshotManifestSchema } from '../../src/distillation/snapshot-schema.js';
import { DistillationFailedError } from '../../src/errors.js';
import { datasetReport } from '../support/api-values.js';
import { pixelInput } from '../support/inputs.js';
import { linesTask } from '../support/lines-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let count = 0;
function newDir(): string {
  const dir = join(directory, `${count++}`);
  mkdirSync(dir);
  return dir;
}

/** Awkward numbers on purpose: subnormal, negative zero, not representable in fewer bits. */
const rows: readonly DatasetRow[] = [
  {
    id: 'a',
    input: pixelInput(0.1, -0, 1e-45, 3.4e38),
    label: 2,
    probabilities: Float64Array.of(0.1, 1e-310, 0.9),
    weight: 1,
    source: 'seed',
  },
  {
    id: 'ä/2',
    input: pixelInput(9, 9, 9, 9, 1, 2, 3, 4).subarray(16),
    label: 0,
    probabilities: null,
    weight: 0.1,
    source: 'capture',
    propensity: 0.02,
  },
];
const content: SnapshotContent = {
  task: linesTask,
  teacher: { name: 'big', version: 'v0-1234abcd' },
  seed: 7,
  shiftPixels: 2,
  timeSpanMs: { first: 1_700_000_000_000, last: 1_700_000_001_000 },
  train: rows,
  validation: [],
};

async function written(changes: Partial<SnapshotContent> = {}): Promise<string> {
  const dir = newDir();
  await writeSnapshot(dir, { ...content, ...changes });
  return dir;
}
const sha256Of = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');
const manifestOf = (dir: string): DatasetManifest =>
  JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as DatasetManifest;

describe('a dataset snapshot', () => {
  it('gives back every row to the last bit', async () => {
    const dir = await written({ validation: rows.slice(1) });

    const snapshot = await readSnapshot(dir);

    assert.deepEqual(snapshot.train, rows);
    assert.deepEqual(snapshot.validation, rows.slice(1));
  });

  it('may have no rows', async () => {
    const { train, validation } = await readSnapshot(await written({ train: [] }));

    assert.deepEqual([train, validation], [[], []]);
  });

  it('says what it is of, with the checksum of each file', async () => {
    const dir = await written();

    const { format, task, teacher, seed, timeSpanMs, files } = manifestOf(dir);
    assert.equal(format, 'understudy-dataset/1');
    assert.deepEqual(
      { task, teacher, seed, timeSpanMs },
      {
        task: linesTask,
        teacher: content.teacher,
        seed: 7,
        timeSpanMs: content.timeSpanMs,
      },
    );
    for (const [name, rowCount] of [
      ['train', 2],
      ['validation', 0],
    ] as const) {
      const sha256 = sha256Of(join(dir, `${name}.parquet`));
      assert.deepEqual(files[name], { file: `${name}.parquet`, rows: rowCount, sha256 });
    }
    const { sha256 } = await readSnapshot(dir);
    assert.equal(sha256, sha256Of(join(dir, 'manifest.json')));
  });

  it('is the same bytes for the same content, and other bytes for another', async () => {
    const [one, two] = [await readSnapshot(await written()), await readSnapshot(await written())];
    const other = await readSnapshot(await written({ train: [rows[0]!, rows[0]!] }));

    assert.equal(one.sha256, two.sha256);
    assert.notEqual(one.sha256, other.sha256);
  });

  it('refuses a file that was changed, and names it with both checksums', async () => {
    const dir = await written();
    const path = join(dir, 'train.parquet');
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);

    await assert.rejects(readSnapshot(dir), (error) => {
      assert.ok(error instanceof DistillationFailedError);
      assert.equal(
        error.message,
        `${path} has SHA-256 ${sha256Of(path)}, its manifest says ` +
          `${manifestOf(dir).files.train.sha256}. Make it again.`,
      );
      return true;
    });
  });

  it('refuses a snapshot of another format', async () => {
    const dir = await written();
    const manifest = { ...manifestOf(dir), format: 'understudy-dataset/2' };
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest));

    await assert.rejects(readSnapshot(dir), {
      name: 'DistillationFailedError',
      message:
        `${dir} is a snapshot of format understudy-dataset/2, ` + 'expected understudy-dataset/1.',
    });
  });
});

describe('a seed row', () => {
  it('is a labelled input with an id of its own and weight 1', () => {
    const probabilities = Float64Array.of(0.25, 0.5, 0.25);
    const input = pixelInput(0, 1);

    assert.deepEqual(seedRowOf({ input, label: 1, probabilities }, 12), {
      id: 'seed-12',
      input,
      label: 1,
      probabilities,
      weight: 1,
      source: 'seed',
    });
  });
});

describe('the manifest of a snapshot', () => {
  it('is what its schema tells other programs', async () => {
    const dir = newDir();
    await writeSnapshot(dir, { ...content, leftOut: datasetReport.leftOut });
    const manifest: unknown = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
    assert.deepEqual(snapshotManifestSchema.parse(manifest), manifest);
  });
});
