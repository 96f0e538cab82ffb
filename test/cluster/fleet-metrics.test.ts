import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFleetMetrics } from '../../src/cluster/fleet-metrics.js';
import { workerShareOf } from '../../src/cluster/worker-share.js';
import { defaultStudentSettings } from '../../src/student/onnx-student.js';
import { createMetrics, type MetricsJson } from '../../src/telemetry/metrics.js';
import { createFakeWorkers } from '../fakes/fake-workers.js';
import { squareTask } from '../support/square-task.js';
import { turnsOfTheLoop } from '../support/until.js';

async function counted(worker: string, requests: number): Promise<MetricsJson> {
  const metrics = createMetrics(worker);
  metrics.add('httpRequests', { path: 'predict', status: '200' }, requests);
  metrics.observeMs('answerLatency', { task: 'squares', route: 'student' }, 3);
  metrics.set('answerCacheBytes', { task: 'squares' }, 100);
  const json = await metrics.json();
  metrics.close();
  return structuredClone(json); // As it comes from another process.
}
const valueOf = (text: string, series: string): number | null => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? null : Number(line.split(' ')[1]);
};
const requests = 'understudy_http_requests_total{path="predict",status="200"}';

describe('the metrics of a fleet', () => {
  it('are those of all, and keep what ended workers had counted, at any moment', async () => {
    const { fork } = createFakeWorkers(() => ({ metrics: () => counted('worker-1', 7) }));
    const own = { metrics: () => {}, portClosed: async () => {} };
    const notImplemented = (): never => {
      throw new Error('not implemented');
    };
    const live = fork(1, {
      ...own,
      escalate: notImplemented,
      label: notImplemented,
      labellingLost: notImplemented,
      tally: notImplemented,
    });
    const metrics = createFleetMetrics();
    const primary = await counted('primary', 0);
    const seen: (number | null)[] = [];

    for (let round = 0; round < 4; round++) {
      metrics.keep(await counted('worker-2', 10));
      metrics.keep(await counted('worker-2', 1)); // Two at once.
      seen.push(valueOf(await metrics.text(primary, [live]), requests));
      await turnsOfTheLoop();
      seen.push(valueOf(await metrics.text(primary, [live]), requests));
    }
    const text = await metrics.text(primary, [live]);

    assert.deepEqual(seen, [18, 18, 29, 29, 40, 40, 51, 51]);
    const latency = 'understudy_answer_latency_seconds_count{task="squares",route="student"}';
    assert.equal(valueOf(text, latency), 10);
    // What they held is gone with them.
    assert.equal(valueOf(text, 'understudy_answer_cache_bytes{task="squares"}'), 200);
  });

  it('are the last known ones of a worker that does not answer', async () => {
    const { workers, fork } = createFakeWorkers(() => ({ metrics: () => new Promise(() => {}) }));
    const notImplemented = (): never => {
      throw new Error('not implemented');
    };
    const live = fork(1, {
      metrics: () => {},
      portClosed: async () => {},
      escalate: notImplemented,
      label: notImplemented,
      labellingLost: notImplemented,
      tally: notImplemented,
    });
    live.metrics = await counted('worker-1', 5);
    const metrics = createFleetMetrics();
    const keepAlive = setInterval(() => {}, 1000);

    const texts = await Promise.all([metrics.text([], [live]), metrics.text([], [live])]);
    clearInterval(keepAlive);

    assert.deepEqual(
      texts.map((text) => valueOf(text, requests)),
      [5, 5],
    );
    assert.deepEqual(workers[0]!.asked, ['metrics']); // Once, however often it is scraped.
  });
});

describe('the share of a worker', () => {
  const seed = {
    spec: squareTask,
    teacherName: 'oracle',
    teacherCostPerRowUsd: 0,
    machineCostPerHourUsd: 0,
    studentSettings: defaultStudentSettings,
    cacheBytesMax: 1000,
    recentBytesMax: 1000,
    seedHashes: new Set<string>(),
  };
  const lanesOf = (workers: number, cores: number): number | null =>
    workerShareOf(seed, { workers, cores }).studentSettings.lanes;

  it('is its part of the cores but one, of which it takes four at most, and of the cache', () => {
    assert.deepEqual([lanesOf(2, 2), lanesOf(2, 5), lanesOf(3, 9), lanesOf(2, 64)], [1, 2, 2, 4]);
    assert.equal(workerShareOf(seed, { workers: 3 }).cacheBytesMax, 333);
  });

  it('is what the task file says of threads', () => {
    const studentSettings = { ...defaultStudentSettings, lanes: 3 };

    const share = workerShareOf({ ...seed, studentSettings }, { workers: 2, cores: 2 });

    assert.equal(share.studentSettings.lanes, 3);
  });
});
