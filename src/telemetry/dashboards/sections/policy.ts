import type { Section } from '../layout.js';
import { stateTimeline, timeSeries } from '../panels.js';
import { acrossReplicas, orZero, series, sumOfRates } from '../promql.js';

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
  ],
});
