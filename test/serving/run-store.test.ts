import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { NotFoundError } from '../../src/errors.js';
import type { RunJson } from '../../src/http/api-types.js';
import { openRunStore } from '../../src/serving/run-store.js';
import { shareOfRun } from '../../src/serving/run-share.js';
import { runJson } from '../support/api-values.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const fresh = (): string => mkdtempSync(join(directory, 'store-'));
const idsOf = (runs: readonly RunJson[]): string[] => runs.map(({ id }) => id);

describe('the history of runs', () => {
  it('is newest first, and is there again after a restart', async () => {
    const dir = fresh();
    const store = await openRunStore(dir, 0);
    const runs = [2, 3, 1].map((n) =>
      runJson({ id: `run-${n}`, startedAtMs: n, endedAtMs: n, state: 'promoted' }),
    );
    for (const run of runs) await store.update(run);

    const again = await openRunStore(dir, 0);

    assert.deepEqual(idsOf(store.list()), ['run-3', 'run-2', 'run-1']);
    assert.deepEqual(again.list(), store.list());
    assert.deepEqual(again.get('run-2'), runs[0]);
  });

  it('shows a run that was going on when the gateway stopped as failed', async () => {
    const dir = fresh();
    const store = await openRunStore(dir, 0);
    await store.update(runJson());
    await store.update(runJson({ stage: 'train', share: 0.4, remainingMs: 900 }));

    const run = (await openRunStore(dir, 5_000)).get('run-1');

    assert.deepEqual([run.state, run.endedAtMs, run.remainingMs], ['failed', 5_000, null]);
    assert.match(run.reasons[0]!, /stopped during this run. Start it again; no captured row/);
  });

  it('writes the end of such a run down, once', async () => {
    const dir = fresh();
    await (await openRunStore(dir, 0)).update(runJson());
    await openRunStore(dir, 5_000);

    const run = (await openRunStore(dir, 9_000)).get('run-1');

    assert.deepEqual([run.state, run.endedAtMs], ['failed', 5_000]);
  });

  it('clears what killed runs left, and nothing else', async () => {
    const dir = fresh();
    const store = await openRunStore(dir, 0);
    for (const id of ['run-1', 'run-2']) await store.update(runJson({ id, state: 'promoted' }));
    const files = [
      ...['run-1/run.json.tmp', 'run-1/snapshot/train.parquet', 'run-1/candidate/model.onnx'],
      ...['run-2/snapshot/manifest.json', 'run-2/snapshot/train.parquet', 'run-3/run.json.tmp'],
    ];
    for (const file of files) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), '{');
    }

    await openRunStore(dir, 0);

    const left = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
    assert.deepEqual(left, [
      ...['run-1', 'run-1/run.json', 'run-2', 'run-2/run.json', 'run-2/snapshot'],
      ...['run-2/snapshot/manifest.json', 'run-2/snapshot/train.parquet'],
    ]);
  });

  it('has no run that could not be written down at its start', async () => {
    const dir = fresh();
    const store = await openRunStore(dir, 0);
    writeFileSync(join(dir, 'run-1'), 'in the way of its directory');

    await assert.rejects(store.update(runJson()), { code: 'EEXIST' });

    assert.deepEqual(store.list(), []);
  });

  it('leaves out a run whose file is damaged, and tells of it', async () => {
    const dir = fresh();
    await (await openRunStore(dir, 0)).update(runJson({ state: 'promoted' }));
    mkdirSync(join(dir, 'run-2'));
    writeFileSync(join(dir, 'run-2', 'run.json'), '{"id":');
    const damaged: string[] = [];

    const store = await openRunStore(dir, 0, (path) => damaged.push(path));

    assert.deepEqual(idsOf(store.list()), ['run-1']);
    assert.deepEqual(damaged, [join(dir, 'run-2', 'run.json')]);
  });

  it('knows no other runs', async () => {
    const store = await openRunStore(fresh(), 0);

    assert.throws(() => store.get('nothing'), NotFoundError);
    assert.throws(() => store.follow('nothing', () => {}), NotFoundError);
  });

  it('keeps the newest hundred in memory', async () => {
    const dir = fresh();
    const store = await openRunStore(dir, 0);
    for (let n = 1; n <= 120; n++)
      await store.update(runJson({ id: `run-${n}`, startedAtMs: n, state: 'skipped' }));

    assert.equal(store.list().length, 100);
    assert.equal(store.list().at(-1)!.id, 'run-21');
    assert.throws(() => store.get('run-20'), NotFoundError);
    assert.deepEqual((await openRunStore(dir, 0)).list(), store.list());
  });

  it('does not mind directories that are no runs', async () => {
    const dir = fresh();
    mkdirSync(join(dir, 'lost+found'));
    writeFileSync(join(dir, 'notes.txt'), 'x');

    assert.deepEqual((await openRunStore(dir, 0)).list(), []);
  });

  it('tells followers the present step and each one after, until they stop', async () => {
    const store = await openRunStore(fresh(), 0);
    await store.update(runJson());
    const seen: string[][] = [[], []];
    const stops = seen.map((steps) => store.follow('run-1', ({ stage }) => steps.push(stage)));

    await store.update(runJson({ stage: 'train' }));
    stops[0]!();
    await store.update(runJson({ stage: 'gate', state: 'rejected' }));
    stops[1]!();
    await store.update(runJson({ stage: 'promote' }));

    assert.deepEqual(seen, [
      ['snapshot', 'train'],
      ['snapshot', 'train', 'gate'],
    ]);
  });

  it('tells followers the end also when it cannot be written down', async () => {
    const dir = fresh();
    const store = await openRunStore(dir, 0);
    await store.update(runJson());
    mkdirSync(join(dir, 'run-1', 'run.json.tmp'));
    const seen: string[] = [];
    store.follow('run-1', ({ state }) => seen.push(state));

    await assert.rejects(store.update(runJson({ state: 'promoted' })));

    assert.deepEqual(seen, ['running', 'promoted']);
  });
});

describe('the share of a run that is done', () => {
  it('goes from 0 to 1 over its stages, and never back', () => {
    const steps = (
      ['snapshot', 'train', 'calibrate', 'evaluate', 'gate', 'promote'] as const
    ).flatMap((stage) => [0, 0.5, 1].map((share) => shareOfRun({ stage, share })));

    assert.equal(steps[0], 0);
    assert.ok(Math.abs(steps.at(-1)! - 1) < 1e-12);
    steps.slice(1).forEach((share, index) => assert.ok(share >= steps[index]! - 1e-12));
  });
});
