import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { latencyBucketsSeconds, metricList } from '../../src/telemetry/metric-list.js';
import { createMetrics, mergedText } from '../../src/telemetry/metrics.js';

const linesOf = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

describe('metrics', () => {
  it('are all named by unit and kind, and say which question they answer', () => {
    for (const { kind, name, help, labels } of Object.values(metricList)) {
      assert.match(name, /^understudy_[a-z_]+$/);
      assert.equal(name.endsWith('_total'), kind === 'counter', name);
      assert.doesNotMatch(name, /_ms(_|$)|milli/);
      assert.ok(help.length > 10 && help.endsWith('.'), name);
      assert.equal(new Set(labels).size, labels.length);
    }
    const names = Object.values(metricList).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it('of several processes are summed, but the largest run of a student is no sum', async () => {
    const processes = [createMetrics('worker-1'), createMetrics('worker-2')];
    processes.forEach((metrics, index) => {
      metrics.set('studentQueueRows', { task: 'squares' }, 3);
      metrics.set('studentRunRows', { task: 'squares' }, [16, 12][index]!);
    });

    const text = await mergedText(await Promise.all(processes.map((metrics) => metrics.json())));

    assert.deepEqual(linesOf(text, 'understudy_student_queue_rows'), [
      'understudy_student_queue_rows{task="squares"} 6',
    ]);
    assert.deepEqual(linesOf(text, 'understudy_student_run_rows_max'), [
      'understudy_student_run_rows_max{task="squares"} 16',
    ]);
  });

  it('of two gateways in one process do not mix', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.add('certificateLost', { task: 'squares' }, 3);

    const [text, otherText] = [await one.text(), await other.text()];

    assert.deepEqual(linesOf(text, 'understudy_certificate_lost_total'), [
      'understudy_certificate_lost_total{task="squares"} 3',
    ]);
    assert.deepEqual(linesOf(otherText, 'understudy_certificate_lost_total'), []);
  });

  it('have those of Node beside them', async () => {
    const text = await createMetrics().text();
    assert.match(text, /^nodejs_eventloop_lag_seconds /m);
    assert.match(text, /^process_resident_memory_bytes /m);
  });

  it('put latencies into buckets of 0.1 ms times powers of two, up to half a minute', async () => {
    // Oracle: 100 us doubled 18 times, as integers.
    const expected = Array.from({ length: 19 }, (_, k) => (100 * 2 ** k) / 1_000_000);
    latencyBucketsSeconds.forEach((bucket, k) =>
      assert.ok(Math.abs(bucket - expected[k]!) < 1e-12 * expected[k]!),
    );
    const metrics = createMetrics();
    const labels = { task: 'squares', route: 'student' };
    metrics.observeMs('answerLatency', labels, 0.15);

    const text = await metrics.text();

    const name = 'understudy_answer_latency_seconds';
    const bucket = (le: string): string =>
      linesOf(text, `${name}_bucket`).find((line) => line.includes(`le="${le}"`))!;
    assert.match(bucket('0.0001'), / 0$/);
    assert.match(bucket('0.0002'), / 1$/);
    assert.match(bucket('+Inf'), / 1$/);
    assert.match(linesOf(text, `${name}_sum`)[0]!, / 0\.00015$/);
  });

  it('name the student that serves, and only that one', async () => {
    const metrics = createMetrics();
    metrics.setStudent('squares', 'v1-00000001');
    metrics.setStudent('digits', 'v1-00000001');
    metrics.setStudent('squares', 'v2-00000002');
    metrics.setStudent('squares', 'v2-00000002');

    assert.deepEqual(linesOf(await metrics.text(), 'understudy_student_info'), [
      'understudy_student_info{task="digits",version="v1-00000001"} 1',
      'understudy_student_info{task="squares",version="v2-00000002"} 1',
    ]);
  });

  it('ask for the state of things just before they are read', async () => {
    const metrics = createMetrics();
    let coverage = 0.1;
    metrics.beforeScrape(() => metrics.set('coverage', { task: 'squares' }, coverage));
    await metrics.text();
    coverage = 0.9;

    assert.deepEqual(linesOf(await metrics.text(), 'understudy_coverage_ratio'), [
      'understudy_coverage_ratio{task="squares"} 0.9',
    ]);
  });
});
