import type { Section } from '../layout.js';
import { stat } from '../panels.js';
import { acrossReplicas, quantile, series, sumOfGrowth, sumOfRates } from '../promql.js';

/** Six numbers that say whether anything needs a look. */
export function nowSection(): Section {
  const spent = sumOfGrowth('cost');
  const teacherForAll = sumOfGrowth('teacherForAllCost');
  return {
    title: 'Now',
    panels: [
      stat({
        title: 'Promise',
        question:
          'Does a threshold hold for every task? If not, the teacher answers everything of that ' +
          'task: normal on the first day and after drift, but slow and expensive.',
        queries: [{ expr: `min(${series('certified')})`, legend: '' }],
        width: 4,
        unit: 'none',
        words: {
          0: { text: 'Teacher answers all', color: 'orange' },
          1: { text: 'Certified', color: 'green' },
        },
      }),
      stat({
        title: 'Traffic',
        question: 'How many rows are answered each second?',
        queries: [{ expr: sumOfRates('answers'), legend: '' }],
        width: 4,
        unit: 'rowsps',
        graph: true,
      }),
      stat({
        title: 'Answered by the student',
        question: 'Which share of the last 1 000 rows of each task did the student answer?',
        queries: [{ expr: acrossReplicas('avg', 'coverage'), legend: '{{task}}' }],
        width: 4,
        unit: 'percentunit',
        decimals: 1,
        graph: true,
        whenEmpty: 'no rows yet',
      }),
      stat({
        title: 'p99 latency',
        question: 'How long do the slowest 1 % of answers take, whoever gives them?',
        queries: [{ expr: quantile(0.99, 'answerLatency'), legend: '' }],
        width: 4,
        unit: 's',
        graph: true,
      }),
      stat({
        title: 'Cost per hour',
        question: 'What do answers and labelling cost at the present rate?',
        queries: [{ expr: `3600 * ${sumOfRates('cost')}`, legend: '' }],
        width: 4,
        unit: 'currencyUSD',
        graph: true,
      }),
      stat({
        title: 'Saved',
        question:
          'Which share of the bill of "the teacher answers all" was not spent in the time shown? ' +
          'Labelling is counted as spent: it is below zero while that outweighs the student.',
        queries: [{ expr: `1 - ${spent} / ${teacherForAll}`, legend: '' }],
        width: 4,
        unit: 'percentunit',
        decimals: 1,
        thresholds: [
          [-Infinity, 'orange'],
          [0, 'green'],
        ],
      }),
    ],
  };
}
