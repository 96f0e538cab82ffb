import type { Section } from '../layout.js';
import { asBand, asReference, painted, stat, timeSeries, type Panel } from '../panels.js';
import { acrossReplicas, quantile, sumOfGrowth, sumOfRates } from '../promql.js';
import { resiliencePanels } from './resilience.js';

const floor = 'best that a student can do';

/** Is the teacher well, what is asked of it, and where does a request spend its time? */
export const teacherSection = (): Section => ({
  title: 'Teacher and stages',
  panels: [
    timeSeries({
      title: 'p95 latency by stage',
      question:
        'Where does a request spend its time? "capture" is the commit that a teacher answer ' +
        'waits for: slow capture means a slow disk.',
      queries: [{ expr: quantile(0.95, 'stageLatency', ['stage']), legend: '{{stage}}' }],
      width: 8,
      unit: 's',
      scale: 'log',
    }),
    timeSeries({
      title: 'Teacher calls by outcome',
      question: 'Does the teacher answer? Anything but "ok" makes degraded answers or errors.',
      queries: [
        {
          expr: sumOfRates('teacherCalls', ['teacher', 'outcome']),
          legend: '{{teacher}} {{outcome}}',
        },
      ],
      width: 6,
      unit: 'reqps',
      min: 0,
      overrides: [
        painted('/ ok$/', 'green'),
        painted('/ cancelled$/', 'blue'),
        painted('/ overloaded$/', 'yellow'),
        painted('/ timeout$/', 'orange'),
        painted('/ failed$/', 'red'),
        painted('/ unavailable$/', 'purple'),
      ],
    }),
    timeSeries({
      title: 'Rows labelled by the teacher',
      question:
        'For whom does the teacher work: for callers that wait, labelling rows later, or checked?',
      queries: [
        {
          expr: sumOfRates('teacherRows', ['teacher', 'purpose']),
          legend: '{{teacher}} {{purpose}}',
        },
      ],
      width: 6,
      unit: 'rowsps',
      min: 0,
      isStacked: true,
      overrides: [
        painted('/ answer$/', 'orange'),
        painted('/ labelling$/', 'purple'),
        painted('/ reask$/', 'blue'),
      ],
    }),
    labelsLost(),
    tokens(),
    ...selfAgreementPanels(),
    ...resiliencePanels(),
  ],
});

const tokens = (): Panel =>
  timeSeries({
    title: 'Tokens of language models',
    question:
      'How much do teachers that are language models read and write, and how much of what they ' +
      'read do their servers know already (cached)? None for other teachers.',
    queries: [
      { expr: sumOfRates('teacherTokens', ['teacher', 'kind']), legend: '{{teacher}} {{kind}}' },
    ],
    width: 6,
    unit: 'short',
    min: 0,
  });

const selfAgreementPanels = (): Panel[] => [
  timeSeries({
    title: 'Agreement of the teacher with itself',
    question:
      'Can the target be kept at all? Two answers to one input, on holdout rows that it was ' +
      'asked about again, with their 90 % interval. No target below the floor is possible.',
    queries: [
      { expr: acrossReplicas('avg', 'selfAgreement', { bound: 'estimate' }), legend: 'estimate' },
      { expr: acrossReplicas('max', 'selfAgreement', { bound: 'high' }), legend: 'high' },
      { expr: acrossReplicas('min', 'selfAgreement', { bound: 'low' }), legend: 'low' },
      { expr: `1 - ${acrossReplicas('max', 'riskFloor')}`, legend: floor },
    ],
    width: 12,
    unit: 'percentunit',
    max: 1,
    decimals: 1,
    overrides: [
      painted('estimate', 'orange'),
      ...asBand('high', 'low', 'orange'),
      asReference(floor, 'red'),
    ],
  }),
  timeSeries({
    title: 'Checks of the teacher',
    question:
      'How often is it asked again, do two answers differ, and does a check come to nothing?',
    queries: [{ expr: sumOfRates('teacherChecks', ['outcome']), legend: '{{outcome}}' }],
    width: 8,
    unit: 'rowsps',
    min: 0,
    overrides: [painted('same', 'green'), painted('different', 'orange'), painted('lost', 'red')],
  }),
  stat({
    title: 'Teacher changed',
    question:
      'How often was the teacher found to answer otherwise than before, under the same version? ' +
      'Give it another name or version then: rows that it labelled before mean something else.',
    queries: [{ expr: `round(${sumOfGrowth('teacherChanged')})`, legend: '' }],
    width: 4,
    height: 8,
    unit: 'short',
    thresholds: [
      [-Infinity, 'green'],
      [1, 'red'],
    ],
  }),
];

const labelsLost = (): Panel =>
  stat({
    title: 'Labels lost',
    question:
      'How many holdout and explored rows got no label in the time shown? They are lost as ' +
      'evidence; a promise needs that to be rare. And how many answers of the teacher, those ' +
      'labels included, were paid for and not kept?',
    queries: [
      { expr: `round(${sumOfGrowth('labellingLost')})`, legend: 'not labelled' },
      { expr: `round(${sumOfGrowth('answersUnkept')})`, legend: 'not kept' },
    ],
    width: 4,
    height: 8,
    unit: 'short',
    thresholds: [
      [-Infinity, 'green'],
      [1, 'red'],
    ],
  });
