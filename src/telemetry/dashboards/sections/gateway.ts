import type { Section } from '../layout.js';
import { painted, stat, timeSeries, type Panel, type Query } from '../panels.js';
import { processSeries, series, sumOfRates } from '../promql.js';

/** 0 and not a gap while there is no such answer: an empty panel does not say that all is well. */
const shareOfStatus = (status: string, legend: string): Query => ({
  expr:
    `(${sumOfRates('httpRequests', [], { status })} or vector(0)) / ` + sumOfRates('httpRequests'),
  legend,
});

/** The process itself: what it answers on HTTP, if its log works, what it takes of its machine. */
export const gatewaySection = (): Section => ({
  title: 'Gateway process',
  panels: [...answerPanels(), captureLog(), ...machinePanels()],
});

const captureLog = (): Panel =>
  stat({
    title: 'Capture log',
    question:
      'Does the log take rows? If not, no answer of the teacher is given out: unsure rows are ' +
      'degraded or refused. Make room on the disk, or mend it; no restart is needed.',
    queries: [{ expr: `max(${series('captureFailing')})`, legend: '' }],
    width: 4,
    height: 8,
    unit: 'none',
    words: {
      0: { text: 'Takes rows', color: 'green' },
      1: { text: 'Failing', color: 'red' },
    },
  });

/** What callers get, over HTTP. */
const answerPanels = (): Panel[] => [
  timeSeries({
    title: 'HTTP requests by status',
    question: 'What do callers get? "other" is all but predictions: console, API, scrapes.',
    queries: [
      { expr: sumOfRates('httpRequests', ['path', 'status']), legend: '{{path}} {{status}}' },
    ],
    width: 10,
    unit: 'reqps',
    min: 0,
    overrides: [
      painted('/ 4..$/', 'yellow'),
      painted('/ 5..$/', 'red'),
      painted('predict 200', 'green'),
    ],
  }),
  timeSeries({
    title: 'Share of failed HTTP requests',
    question:
      'Which share of requests fails, and by whose fault? 4xx: the caller can mend it. 5xx: ' +
      'the gateway or its teacher.',
    queries: [shareOfStatus('4..', '4xx'), shareOfStatus('5..', '5xx')],
    width: 10,
    unit: 'percentunit',
    min: 0,
    overrides: [painted('4xx', 'yellow'), painted('5xx', 'red')],
  }),
];

/** What the process takes of its machine. */
const machinePanels = (): Panel[] => [
  timeSeries({
    title: 'Event loop delay',
    question:
      'Does something block the event loop? All answers wait for it: p99 above some ms shows ' +
      "in the student's latency. With workers, one line a process.",
    queries: [
      {
        expr: processSeries('nodejs_eventloop_lag_p99_seconds'),
        legend: '{{instance}} {{process}} p99',
      },
      {
        expr: processSeries('nodejs_eventloop_lag_mean_seconds'),
        legend: '{{instance}} {{process}} mean',
      },
    ],
    width: 8,
    unit: 's',
    min: 0,
  }),
  timeSeries({
    title: 'Memory',
    question: 'Does memory grow without end? Models live outside the heap, in resident memory.',
    queries: [
      {
        expr: processSeries('process_resident_memory_bytes'),
        legend: '{{instance}} {{process}} resident',
      },
      {
        expr: processSeries('nodejs_heap_size_used_bytes'),
        legend: '{{instance}} {{process}} heap used',
      },
    ],
    width: 8,
    unit: 'bytes',
    min: 0,
  }),
  timeSeries({
    title: 'CPU',
    question:
      'How many cores does serving take? A distillation run is a process of its own and not in ' +
      'here.',
    queries: [
      {
        expr: `rate(${processSeries('process_cpu_seconds_total')}[$__rate_interval])`,
        legend: '{{instance}} {{process}}',
      },
    ],
    width: 8,
    unit: 'none',
    min: 0,
    decimals: 2,
  }),
];
