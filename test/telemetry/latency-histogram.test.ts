import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { createLatencyHistogram } from '../../src/telemetry/latency-histogram.js';
import { latencyBucketsSeconds } from '../../src/telemetry/metric-list.js';
import { createMetrics, mergedText } from '../../src/telemetry/metrics.js';
import { seededDraw } from '../support/seeded-draw.js';

type Labels = Readonly<Record<string, string>>;
interface Observation {
  readonly labels: Labels;
  readonly ms: number;
}

const options = { name: 'understudy_answer_seconds', help: 'How long does it take?' };
const tasks = ['digits', 'texts "quoted"\n'];

/** Durations of all sizes, each bound itself and its neighbours among them. */
function observations(seed: number): readonly Observation[] {
  const draw = seededDraw(seed);
  const drawn = Array.from({ length: 500 }, () => 0.01 * 1e7 ** draw());
  const bounds = latencyBucketsSeconds.map((bound) => bound * 1000);
  return [0, ...bounds, ...bounds.map((ms) => ms * 1.001), ...drawn].map((ms, index) => ({
    labels: { task: tasks[index % 2]!, route: index % 3 === 0 ? 'student' : 'teacher' },
    ms,
  }));
}

function ours(seen: readonly Observation[]): Registry {
  const registry = new Registry();
  const histogram = createLatencyHistogram(options, latencyBucketsSeconds);
  registry.registerMetric(histogram as never);
  for (const { labels, ms } of seen) histogram.of(labels)(ms);
  return registry;
}

/** The same by prom-client's own histogram. */
function theirs(seen: readonly Observation[]): Registry {
  const registry = new Registry();
  const histogram = new Histogram({
    ...options,
    labelNames: ['task', 'route'],
    buckets: [...latencyBucketsSeconds],
    registers: [registry],
  });
  for (const { labels, ms } of seen) histogram.observe(labels, ms / 1000);
  return registry;
}

const merged = async (...registries: readonly Registry[]): Promise<string> => {
  const parts = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()));
  return AggregatorRegistry.aggregate(parts).metrics();
};

describe('a latency histogram', () => {
  it('writes the text that prom-client’s own does for the same durations', async () => {
    const seen = observations(1);

    assert.equal(await ours(seen).metrics(), await theirs(seen).metrics());
  });

  it('has no values before the first duration, nor after a reset', async () => {
    const registry = new Registry();
    const histogram = createLatencyHistogram(options, latencyBucketsSeconds);
    registry.registerMetric(histogram as never);
    const empty = await registry.metrics();

    histogram.of({ task: 'digits' })(1);
    assert.notEqual(await registry.metrics(), empty);
    registry.resetMetrics();

    assert.equal(await registry.metrics(), empty);
  });

  it('knows labels again whatever their order', async () => {
    const registry = new Registry();
    const histogram = createLatencyHistogram(options, latencyBucketsSeconds);
    registry.registerMetric(histogram as never);

    histogram.of({ task: 'digits', route: 'student' })(1);
    histogram.of({ route: 'student', task: 'digits' })(1);

    const counts = (await registry.metrics()).match(/_count\{.*\} (\d+)/g);
    assert.deepEqual(counts, ['_count{task="digits",route="student"} 2']);
  });

  it('of several processes is summed as prom-client sums its own', async () => {
    const [one, other] = [observations(2), observations(3)];

    assert.equal(await merged(ours(one), ours(other)), await merged(theirs(one), theirs(other)));
  });

  it('is summed where the processes saw different labels, too', async () => {
    const seen = observations(4);
    const [one, other] = [seen.filter(({ ms }) => ms < 1), seen.filter(({ ms }) => ms >= 1)];
    const student = one.filter(({ labels }) => labels['route'] === 'student');

    assert.equal(
      await merged(ours(student), ours(other)),
      await merged(theirs(student), theirs(other)),
    );
  });
});

describe('metrics of several processes', () => {
  const open = (process: string | null = null) => {
    const metrics = createMetrics(process);
    const labels = { task: 'digits', route: 'student' };
    return {
      metrics,
      timer: metrics.timerOf('answerLatency', labels),
      counter: metrics.counterOf('cost', labels),
    };
  };
  const linesOf = (text: string, name: RegExp): readonly string[] =>
    text.split('\n').filter((line) => name.test(line) && !line.startsWith('#'));

  it('are counted and timed by handles that look their labels up once', async () => {
    const { metrics, timer, counter } = open();

    timer(250);
    timer(500);
    counter(0.25);
    metrics.add('cost', { task: 'digits', route: 'student' }, 1);
    counter(0.5);
    const once = await metrics.text();
    const twice = await metrics.text();

    const cost = linesOf(once, /^understudy_cost/);
    assert.match(cost.join(), /^understudy_cost\w*\{[^}]*\} 1\.75$/);
    assert.deepEqual(linesOf(twice, /^understudy_cost/), cost); // Read again, not added again.
    const [sum, count] = ['sum', 'count'].map(
      (part) => linesOf(once, new RegExp(`^understudy_answer_\\w*_${part}\\{`))[0]!,
    );
    assert.match(sum!, / 0\.75$/);
    assert.match(count!, / 2$/);
    metrics.close();
  });

  it('are summed, counters and histograms, and have the memory of each beside them', async () => {
    const [one, other] = [open('worker-1'), open('worker-2')];
    one.timer(250);
    other.timer(500);
    one.counter(1);
    other.counter(0.5);

    const text = await mergedText(await Promise.all([one.metrics.json(), other.metrics.json()]));

    assert.match(linesOf(text, /^understudy_cost/).join(), / 1\.5$/);
    assert.match(linesOf(text, /^understudy_answer_\w*_sum\{/)[0]!, / 0\.75$/);
    assert.match(linesOf(text, /^understudy_answer_\w*_bucket\{le="\+Inf"/)[0]!, / 2$/);
    const memory = linesOf(text, /^process_resident_memory_bytes/);
    assert.deepEqual(
      memory.map((line) => /process="(.*?)"/.exec(line)![1]),
      ['worker-1', 'worker-2'],
    );
    one.metrics.close();
    other.metrics.close();
  });
});
