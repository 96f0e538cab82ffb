import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { createLatencyHistogram, type LatencyHistogram } from './latency-histogram.js';
import {
  latencyBucketsSeconds,
  metricList,
  type LabelsOf,
  type MetricName,
  type MetricSpec,
} from './metric-list.js';

type NamesOf<K extends string> = {
  [M in MetricName]: (typeof metricList)[M]['kind'] extends K ? M : never;
}[MetricName];

type AnySpec = MetricSpec<'counter' | 'gauge' | 'histogram', string>;

/** What `prom-client` calls metrics as JSON. */
export type MetricsJson = readonly object[];

export interface Metrics {
  readonly contentType: string;
  add<M extends NamesOf<'counter'>>(name: M, labels: LabelsOf<M>, amount?: number): void;
  /** Null: there is no value now, and none is shown. */
  set<M extends NamesOf<'gauge'>>(name: M, labels: LabelsOf<M>, value: number | null): void;
  /** Sets `version` and forgets the task's former one. */
  setStudent(task: string, version: string): void;
  observeMs<M extends NamesOf<'histogram'>>(name: M, labels: LabelsOf<M>, durationMs: number): void;
  /** For what happens in every request: looks the labels up once. */
  counterOf<M extends NamesOf<'counter'>>(name: M, labels: LabelsOf<M>): (amount: number) => void;
  timerOf<M extends NamesOf<'histogram'>>(
    name: M,
    labels: LabelsOf<M>,
  ): (durationMs: number) => void;
  /** Calls `collect` before each scrape, to set gauges from the state of that moment. */
  beforeScrape(collect: () => void): void;
  /** The Prometheus text format. */
  text(): Promise<string>;
  /** The same as data, for another process that puts several together. */
  json(): Promise<MetricsJson>;
  close(): void;
}

/**
 * Creates the metrics of one gateway, in a registry of its own: two gateways share nothing.
 *
 * @param process  names this one of several processes: its memory and its event loop are its own.
 */
export function createMetrics(process: string | null = null): Metrics {
  const registry = new Registry();
  const labels = process === null ? {} : { process };
  collectDefaultMetrics({ register: registry, labels });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, LatencyHistogram>();
  const specs: readonly (readonly [string, AnySpec])[] = Object.entries(metricList);
  for (const [key, { kind, name, help, labels, ofProcesses = 'sum' }] of specs) {
    const shared = { name, help, labelNames: [...labels], registers: [registry] };
    const aggregator: 'max' | 'sum' = ofProcesses;
    const options = { ...shared, aggregator };
    if (kind === 'counter') counters.set(key, new Counter(options));
    else if (kind === 'gauge') gauges.set(key, new Gauge(options));
    else {
      const histogram = createLatencyHistogram({ name, help }, latencyBucketsSeconds);
      registry.registerMetric(histogram as never); // It has what a registry asks for.
      histograms.set(key, histogram);
    }
  }
  const collectors: (() => void)[] = [];
  const versions = new Map<string, string>();

  return {
    contentType: registry.contentType,
    add: (name, labels, amount = 1) => counters.get(name)!.inc(labels, amount),
    set(name, labels, value) {
      if (value === null) gauges.get(name)!.remove(labels);
      else gauges.get(name)!.set(labels, value);
    },
    setStudent(task, version) {
      const info = gauges.get('studentInfo')!;
      const former = versions.get(task);
      if (former !== undefined && former !== version) info.remove({ task, version: former });
      versions.set(task, version);
      info.set({ task, version }, 1);
    },
    observeMs: (name, labels, durationMs) => histograms.get(name)!.of(labels)(durationMs),
    timerOf: (name, labels) => histograms.get(name)!.of(labels),
    counterOf(name, labels) {
      let pending = 0;
      collectors.push(() => {
        if (pending !== 0) counters.get(name)!.inc(labels, pending);
        pending = 0;
      });
      return (amount) => void (pending += amount);
    },
    beforeScrape: (collect) => void collectors.push(collect),
    text() {
      for (const collect of collectors) collect();
      return registry.metrics();
    },
    json() {
      for (const collect of collectors) collect();
      return registry.getMetricsAsJSON();
    },
    close: () => registry.clear(),
  };
}

/** Puts the metrics of several processes together: counters and histograms are summed. */
export async function mergedText(parts: readonly MetricsJson[]): Promise<string> {
  return AggregatorRegistry.aggregate(parts.map((part) => [...part])).metrics();
}

/** What stays of a process that has ended: its counters and histograms. */
export function withoutGauges(metrics: MetricsJson): MetricsJson {
  return metrics.filter((metric) => !('type' in metric && String(metric.type) === 'gauge'));
}

/** Sums what stays of several processes, so that it does not grow with their number. */
export const summed = (parts: readonly MetricsJson[]): Promise<MetricsJson> =>
  AggregatorRegistry.aggregate(parts.map((part) => [...part])).getMetricsAsJSON();
