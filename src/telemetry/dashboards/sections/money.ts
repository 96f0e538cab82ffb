import type { Section } from '../layout.js';
import { asReference, timeSeries } from '../panels.js';
import { acrossReplicas, series, sumOfRates } from '../promql.js';
import { routeColors } from './route-colors.js';

const teacherForAll = 'teacher for all';

/** Each gateway counts what its callers cost. */
const ofKeys = (name: 'keySpent' | 'keyBudget'): string => `sum by (key) (${series(name)})`;

/** What answers cost, and what they would have cost. */
export const moneySection = (): Section => ({
  title: 'Cost and avoided cost',
  panels: [
    timeSeries({
      title: 'Cost per hour by route',
      question:
        'What is spent, and on whom? The dashed line is the bill if the teacher answered all; ' +
        'the space below it is money not spent. "labelling": of holdout and explored rows.',
      queries: [
        { expr: `3600 * ${sumOfRates('cost', ['route'])}`, legend: '{{route}}' },
        { expr: `3600 * ${sumOfRates('teacherForAllCost')}`, legend: teacherForAll },
      ],
      width: 12,
      unit: 'currencyUSD',
      min: 0,
      isStacked: true,
      overrides: [...routeColors, asReference(teacherForAll, 'text')],
    }),
    timeSeries({
      title: 'Avoided cost since the start',
      question:
        'How much money has the student saved since the gateway started, labelling paid? A ' +
        'falling line means that labelling costs more than the student saves.',
      queries: [{ expr: acrossReplicas('sum', 'avoidedCost'), legend: '{{task}}' }],
      width: 12,
      unit: 'currencyUSD',
    }),
    timeSeries({
      title: 'Spent by API keys in the last hour',
      question:
        'Whose callers are about to get the student alone? A key has spent its budget where its ' +
        'line meets its limit; keys without one are not here.',
      queries: [
        { expr: ofKeys('keySpent'), legend: '{{key}}' },
        { expr: ofKeys('keyBudget'), legend: 'limit of {{key}}' },
      ],
      width: 24,
      unit: 'currencyUSD',
      min: 0,
    }),
  ],
});
