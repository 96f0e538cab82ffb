import type { Section } from '../layout.js';
import { painted, stateTimeline, timeSeries, type Panel } from '../panels.js';
import { acrossReplicas, orZero, series, sumOfRates } from '../promql.js';

/** Does the student keep up, and what happens to what is too much? */
export const studentSection = (): Section => ({
  title: 'Student under load',
  panels: [...loadPanels(), ...cachePanels(), providerPanel()],
});

const loadPanels = (): Panel[] => [
  timeSeries({
    title: 'Rows with the student',
    question:
      'How full is the student? At the limit, more rows are refused at once; those that wait ' +
      'are answered in the next runs. The limit follows the speed of the machine.',
    queries: [
      { expr: acrossReplicas('sum', 'studentInFlightRows'), legend: '{{task}} in flight' },
      { expr: acrossReplicas('sum', 'studentQueueRows'), legend: '{{task}} waiting' },
      { expr: acrossReplicas('sum', 'studentLimitRows'), legend: '{{task}} limit' },
    ],
    width: 8,
    unit: 'short',
    scale: 'log',
    overrides: [painted('/ limit$/', 'red'), painted('/ waiting$/', 'yellow')],
  }),
  timeSeries({
    title: 'Rows refused',
    question:
      'How many rows get 503 at once because the student has enough? Some in a burst are the ' +
      'price of flat latency; for long, add workers, replicas or a smaller student.',
    queries: [{ expr: sumOfRates('refusedRows', ['task']), legend: '{{task}}' }],
    width: 8,
    unit: 'rowsps',
    min: 0,
  }),
  timeSeries({
    title: 'Rows of a run at most',
    question:
      'How large may batches grow? It falls when runs get slower: past the target of the task ' +
      'file, or where larger runs bring nothing.',
    queries: [{ expr: acrossReplicas('max', 'studentRunRows'), legend: '{{task}}' }],
    width: 8,
    unit: 'short',
    min: 0,
  }),
];

const cachePanels = (): Panel[] => [
  timeSeries({
    title: 'Answer cache hits',
    question:
      'Which share of the rows looked up was answered before? 0 without a cache. Holdout rows ' +
      'are never looked up.',
    queries: [
      {
        expr: orZero(
          sumOfRates('answerCacheLookups', ['task'], { outcome: 'hit' }) +
            ` / (${sumOfRates('answerCacheLookups', ['task'])} > 0)`,
        ),
        legend: '{{task}}',
      },
    ],
    width: 8,
    unit: 'percentunit',
    min: 0,
    max: 1,
  }),
  timeSeries({
    title: 'Answer cache memory',
    question:
      'Is the cache full? With answers that make room for newer ones all the time, more memory ' +
      'would bring more hits.',
    queries: [
      { expr: orZero(acrossReplicas('sum', 'answerCacheBytes')), legend: '{{task}}' },
      {
        expr: orZero(sumOfRates('answerCacheEvictions', ['task'])),
        legend: '{{task}} answers evicted a second',
      },
    ],
    width: 8,
    unit: 'bytes',
    min: 0,
    overrides: [
      {
        matcher: { id: 'byRegexp', options: '/evicted/' },
        properties: [
          { id: 'unit', value: 'rowsps' },
          { id: 'custom.axisPlacement', value: 'right' },
        ],
      },
    ],
  }),
];

const providerPanel = (): Panel =>
  stateTimeline({
    title: 'Execution provider',
    question:
      'What do the models run on? `cpu` where the task file asks for more: GET /v1/tasks says ' +
      'why it was refused.',
    queries: [
      {
        expr: `max by (task, provider) (${series('executionProvider')})`,
        legend: '{{task}} {{provider}}',
      },
    ],
    width: 8,
    unit: 'none',
    words: { 1: { text: 'in use', color: 'blue' } },
  });
