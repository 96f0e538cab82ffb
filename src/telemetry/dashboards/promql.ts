import { metricList, type LabelsOf, type MetricName } from '../metric-list.js';

/*
 * PromQL from the metric list: a metric or a label that is renamed there does not compile here.
 * `$task` and `$instance` are the variables at the top of the dashboard.
 */

type Label<M extends MetricName> = keyof LabelsOf<M> & string;
type Where<M extends MetricName> = Partial<LabelsOf<M>>;

/**
 * Names one metric's series of the chosen tasks and gateways.
 *
 * @param where  label -> value; a value that is not a plain word is a regular expression.
 * @param part   which series of a histogram.
 */
export function series<M extends MetricName>(
  name: M,
  where: Where<M> = {},
  part: '' | '_bucket' = '',
): string {
  const labels: readonly string[] = metricList[name].labels;
  const matchers = [
    ...(labels.includes('task') ? ['task=~"$task"'] : []),
    'instance=~"$instance"',
    ...(Object.entries(where) as [string, string][]).map(([label, value]) =>
      /^[a-z-]+$/.test(value) ? `${label}="${value}"` : `${label}=~"${value}"`,
    ),
  ];
  return `${metricList[name].name}${part}{${matchers.join(', ')}}`;
}

/** A series that prom-client adds by itself; `$instance` keeps other Node programs out. */
export const processSeries = (name: `process_${string}` | `nodejs_${string}`): string =>
  `${name}{instance=~"$instance"}`;

const sumBy = (by: readonly string[]): string =>
  by.length === 0 ? 'sum' : `sum by (${by.join(', ')}) `;

/** Adds the rates per second of a counter, by some of its labels. */
export const sumOfRates = <M extends MetricName>(
  name: M,
  by: readonly Label<M>[] = [],
  where: Where<M> = {},
): string => `${sumBy(by)}(rate(${series(name, where)}[$__rate_interval]))`;

/** Adds how much a counter has grown in the time shown. */
export const sumOfGrowth = <M extends MetricName>(
  name: M,
  by: readonly Label<M>[] = [],
  where: Where<M> = {},
): string => `${sumBy(by)}(increase(${series(name, where)}[$__range]))`;

/** The `q` quantile of a histogram, replicas added up, by some of its labels. */
export function quantile<M extends MetricName>(
  q: number,
  name: M,
  by: readonly Label<M>[] = [],
): string {
  const rates = `rate(${series(name, {}, '_bucket')}[$__rate_interval])`;
  return `histogram_quantile(${q}, ${sumBy([...by, 'le'])}(${rates}))`;
}

/** Several gateways that serve a task each have a gauge of it: puts them together, by task. */
export const acrossReplicas = <M extends MetricName>(
  how: 'avg' | 'min' | 'max' | 'sum',
  name: M,
  where: Where<M> = {},
): string => `${how} by (task) (${series(name, where)})`;

/** 0 and not a gap for tasks that have no such series. */
export const orZero = (expr: string): string =>
  `${expr} or 0 * sum by (task) (${series('policyMode')})`;

/** The value for tasks that have no such series: nothing else may be below zero. */
export const noneOfTask = -1;

export const orNone = (expr: string): string =>
  `${expr} or on (task) 0 * sum by (task) (${series('policyMode')}) + ${noneOfTask}`;
