import type { Section } from '../layout.js';
import { stateTimeline, timeSeries, type Panel } from '../panels.js';
import { acrossReplicas, noneOfTask, orNone, orZero, series, sumOfRates } from '../promql.js';

/** Who decides who answers, and is there money for it? */
export const policySection = (): Section => ({
  title: 'Policy',
  panels: [
    stateTimeline({
      title: 'Policy in force',
      question: 'Who decides who answers: a target of risk, a budget, or nobody?',
      queries: [
        {
          expr: `max by (task, mode) (${series('policyMode')})`,
          legend: '{{task}} {{mode}}',
        },
      ],
      width: 12,
      unit: 'none',
      words: { 0: { text: ' ', color: 'transparent' }, 1: { text: 'in force', color: 'blue' } },
    }),
    timeSeries({
      title: "Teacher's budget spent",
      question:
        'How much of the hourly budget has the last hour spent? 0 without a budget. At 1 the ' +
        'student answers what it is not sure of.',
      queries: [{ expr: orZero(acrossReplicas('max', 'budgetSpent')), legend: '{{task}}' }],
      width: 6,
      unit: 'percentunit',
      min: 0,
      max: 1,
    }),
    timeSeries({
      title: 'Holdout rows without a label, over budget',
      question: 'Does the budget leave too little to watch the student by? Raise it then.',
      queries: [{ expr: orZero(sumOfRates('labelsOverBudget', ['task'])), legend: '{{task}}' }],
      width: 6,
      unit: 'rowsps',
      min: 0,
    }),
    ...labelPanels(),
  ],
});

const labelLegend = '{{task}} {{label}} {{target}}';
const labelThresholds = `max by (task, label, target) (${series('labelThreshold')})`;

/** What is promised of single labels, and what came of it. */
const labelPanels = (): Panel[] => [
  stateTimeline({
    title: 'Targets of single labels',
    question:
      'Which labels with a target of their own are certified? Answers with a label that is not ' +
      '(riskMax), or all answers (missMax), are left to the teacher.',
    queries: [
      {
        expr: orNone(`min by (task, label, target) (${series('labelCertified')})`),
        legend: labelLegend,
      },
    ],
    width: 12,
    unit: 'none',
    words: {
      [noneOfTask]: { text: 'no label has one', color: 'transparent' },
      0: { text: 'not certified', color: 'orange' },
      1: { text: 'certified', color: 'green' },
    },
  }),
  timeSeries({
    title: 'Thresholds of single labels',
    question:
      'From which confidence does the student give a label (riskMax), or must it have for any ' +
      'other (missMax)? 1: not certified; 0 without targets.',
    queries: [
      {
        expr: `clamp(${orNone(labelThresholds)}, 0, 1)`,
        legend: labelLegend,
      },
    ],
    width: 12,
    unit: 'percentunit',
    min: 0,
    max: 1,
    decimals: 1,
  }),
];
