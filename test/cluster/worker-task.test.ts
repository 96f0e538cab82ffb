import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Channel } from '../../src/cluster/channel.js';
import type { PrimaryCalls } from '../../src/cluster/protocol.js';
import { createWorkerTask } from '../../src/cluster/worker-task.js';
import { InvalidBundleError } from '../../src/errors.js';
import * as op from '../../src/onnx/operators.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import type { StudentSource } from '../../src/serving/followers.js';
import { defaultStudentSettings } from '../../src/student/onnx-student.js';
import { recordedJson } from '../../src/student/recorded-answers.js';
import { LiveCaller } from '../../src/task/caller.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { unkeptThreads } from '../../src/model/model-threads.js';
import { askFor } from '../support/served-task.js';
import { writeSquareBundle, type SquareModel } from '../support/square-bundle.js';
import { policy, square, squareTask } from '../support/square-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { modelOf } from '../support/tiny-model.js';

const directory = temporaryDirectory();
let bundles = 0;

/** A task in a worker whose primary is not needed. */
function openTask() {
  const primary: Channel<PrimaryCalls> = {
    call: async (name) => {
      if (name !== 'tally') throw new Error(`not implemented: ${name}`);
      return undefined;
    },
    tell() {},
    isFull: () => false,
  };
  const task = createWorkerTask({
    modelThreads: unkeptThreads,
    seed: {
      spec: squareTask,
      teacherName: 'oracle',
      teacherCostPerRowUsd: 0,
      machineCostPerHourUsd: 0,
      studentSettings: defaultStudentSettings,
      cacheBytesMax: 0,
      recentBytesMax: 1_000_000,
      seedHashes: new Set(),
    },
    holdoutKey: new Uint8Array(32),
    primary,
    metrics: createMetrics('worker-1'),
    now: () => 1,
    newId: () => 'row',
  });
  after(() => task.close());
  return task;
}

function sourceOf(model?: SquareModel | Uint8Array, recorded?: readonly number[]): StudentSource {
  const bundleDir = writeSquareBundle(join(directory, `bundle-${bundles++}`), model);
  const path = join(bundleDir, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as BundleManifest;
  if (recorded !== undefined) {
    const rows = [{ input: square(0.9), logits: recorded }];
    writeFileSync(join(bundleDir, 'recorded.json'), recordedJson(rows));
    writeFileSync(path, JSON.stringify({ ...manifest, recorded: 'recorded.json' }));
  }
  const { version } = manifest;
  return { version, bundleDir, goldenInputs: [square(0.9)], recentInputs: [square(0.2)] };
}

/** Finite for an image of zeros, as examples are; NaN where the first pixel is not 0. */
const nanForRealInputs = modelOf((graph, x) => {
  const huge = Float32Array.of(3e38, -3e38, 0, 0, 0, 0, 0, 0);
  const large = op.matMul(graph, x, graph.constant(huge, [4, 2]));
  const sum = Float32Array.of(3e38, 3e38, 3e38, 3e38);
  return op.matMul(graph, large, graph.constant(sum, [2, 2])); // inf - inf
}, 4);

describe('a worker that loads a student', () => {
  it('answers with it once it is committed', async () => {
    const task = openTask();
    const source = sourceOf({ cut: 0.3 }, [0, 12]);

    await task.prepare(source);
    const { version } = source;
    task.commit({
      version,
      promise: { threshold: 0.5, labelThresholds: {}, holdoutRate: 0, keptOutShare: 0.3, policy },
    });
    const [answer] = await task.predict(askFor([square(0.9)]), new LiveCaller());

    assert.deepEqual([answer!.route, answer!.label], ['student', 'bright']);
  });

  it('refuses one that gives no finite numbers for golden inputs', async () => {
    await assert.rejects(openTask().prepare(sourceOf(nanForRealInputs)), InvalidBundleError);
  });

  it('refuses one that does not give its recorded answers again', async () => {
    await assert.rejects(openTask().prepare(sourceOf({ cut: 0.3 }, [0, 8])), (error) => {
      assert.ok(error instanceof InvalidBundleError, String(error));
      assert.match(error.message, /does not give its recorded answers again/);
      return true;
    });
  });
});
