import type { Section } from '../layout.js';
import {
  asBand,
  asReference,
  barGauge,
  gauge,
  painted,
  stat,
  stateTimeline,
  timeSeries,
  type Panel,
} from '../panels.js';
import { acrossReplicas, series, sumOfGrowth, sumOfRates } from '../promql.js';

const promised = 'promised';
const threshold = 'threshold (1: teacher for all)';

/** One task: is its promise kept, and does its student get better? Repeated for each task. */
export const taskSection = (): Section => ({
  title: 'Task $task: the promise and the student',
  repeat: 'task',
  panels: [agreementPanel(), coveragePanel(), ...timelines(), capturedPanel(), ...runPanels()],
});

const agreementPanel = (): Panel =>
  timeSeries({
    title: 'Agreement of student answers with the teacher',
    question:
      'Is the promise kept? The band is the 90 % interval over the holdout rows that the student ' +
      'has answered since its promotion or the last alarm; it stays right however often it is ' +
      'read. If the whole band lies below the dashed line, the promise is broken.',
    queries: [
      { expr: acrossReplicas('avg', 'agreement', { bound: 'estimate' }), legend: 'estimate' },
      { expr: acrossReplicas('max', 'agreement', { bound: 'high' }), legend: 'high' },
      { expr: acrossReplicas('min', 'agreement', { bound: 'low' }), legend: 'low' },
      { expr: `1 - ${acrossReplicas('max', 'riskMax')}`, legend: promised },
    ],
    width: 12,
    unit: 'percentunit',
    max: 1,
    decimals: 1,
    whenEmpty: 'The student has answered no holdout row yet',
    overrides: [
      painted('estimate', 'green'),
      ...asBand('high', 'low', 'green'),
      asReference(promised, 'red'),
    ],
  });

const coveragePanel = (): Panel =>
  timeSeries({
    title: 'Coverage and threshold',
    question:
      'Which share of the last 1 000 rows did the student answer, and from which confidence on ' +
      'may it? If coverage falls and the threshold does not, traffic is less like what it learnt.',
    queries: [
      { expr: acrossReplicas('avg', 'coverage'), legend: 'coverage' },
      { expr: `clamp_max(${acrossReplicas('max', 'threshold')}, 1)`, legend: threshold },
    ],
    width: 12,
    unit: 'percentunit',
    min: 0,
    max: 1,
    decimals: 1,
    overrides: [painted('coverage', 'green'), asReference(threshold, 'blue')],
  });

const timelines = (): Panel[] => [
  stateTimeline({
    title: 'Certificate',
    question: 'When did a threshold hold? It is withdrawn at once when drift is seen.',
    queries: [{ expr: acrossReplicas('min', 'certified'), legend: '{{task}}' }],
    width: 6,
    unit: 'none',
    words: {
      0: { text: 'teacher answers all', color: 'orange' },
      1: { text: 'certified', color: 'green' },
    },
  }),
  alarmTimeline('driftAlarm', {
    title: 'Drift alarm',
    question:
      'When was an alarm on? From the moment at which drift withdraws the threshold until one is ' +
      'certified again. If it stays on, see what became of the runs.',
    color: 'red',
  }),
  alarmTimeline('inputDrift', {
    title: 'Input drift',
    question:
      'Did traffic come to hold more of what the student cannot answer, or of a label? The ' +
      'threshold is higher until one is certified on such traffic.',
    color: 'orange',
  }),
  stateTimeline({
    title: 'Student version',
    question:
      'Which version answered when? Two lanes at once for longer than a promotion takes: the ' +
      'replicas do not agree.',
    queries: [{ expr: `max by (version) (${series('studentInfo')})`, legend: '{{version}}' }],
    width: 6,
    unit: 'none',
    words: { 1: { text: 'serves', color: 'blue' } },
  }),
];

function alarmTimeline(
  metric: 'driftAlarm' | 'inputDrift',
  { title, question, color }: Record<'title' | 'question', string> & { color: 'red' | 'orange' },
): Panel {
  return stateTimeline({
    ...{ title, question },
    queries: [{ expr: acrossReplicas('max', metric), legend: '{{task}}' }],
    width: 6,
    unit: 'none',
    words: { 0: { text: 'none', color: 'green' }, 1: { text: 'on', color } },
  });
}

const capturedPanel = (): Panel =>
  timeSeries({
    title: 'Captured rows by use',
    question:
      'Is there something to learn from (training) and to judge by (holdout)? "reserved" rows ' +
      'are kept for judging later and never trained on.',
    queries: [{ expr: sumOfRates('capturedRows', ['use']), legend: '{{use}}' }],
    width: 8,
    unit: 'rowsps',
    min: 0,
    isStacked: true,
  });

const runPanels = (): Panel[] => [
  barGauge({
    title: 'Distillation runs by outcome',
    question:
      'What became of the runs that ended in the time shown? "rejected": the candidate failed a ' +
      'gate. "skipped": too few rows. "untrainable": no run can train it, see its reasons. ' +
      '"failed": look at the log.',
    queries: [{ expr: `round(${sumOfGrowth('runs', ['outcome'])})`, legend: '{{outcome}}' }],
    width: 6,
    unit: 'short',
    min: 0,
    decimals: 0,
    overrides: [
      painted('promoted', 'green'),
      painted('rejected', 'yellow'),
      painted('skipped', 'blue'),
      painted('untrainable', 'orange'),
      painted('failed', 'red'),
    ],
  }),
  gauge({
    title: 'Present run',
    question: 'How far is the run that is going on? 0 while there is none.',
    queries: [{ expr: acrossReplicas('max', 'runShare'), legend: '{{task}}' }],
    width: 4,
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: [[-Infinity, 'blue']],
  }),
  stat({
    title: 'Newest run took',
    question: 'How long did the newest run take, from its start to its verdict?',
    queries: [{ expr: acrossReplicas('max', 'runSeconds'), legend: '{{task}}' }],
    width: 3,
    height: 8,
    unit: 's',
    whenEmpty: 'no run yet',
  }),
  stat({
    title: 'Promises withdrawn',
    question: 'How often did drift withdraw the certificate in the time shown?',
    queries: [{ expr: `round(${sumOfGrowth('certificateLost')})`, legend: '' }],
    width: 3,
    height: 8,
    unit: 'short',
    thresholds: [
      [-Infinity, 'green'],
      [1, 'red'],
    ],
  }),
];
