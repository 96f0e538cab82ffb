import type { Section } from '../layout.js';
import { painted, stat, timeSeries } from '../panels.js';
import { quantile, sumOfGrowth, sumOfRates } from '../promql.js';

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
      ],
    }),
    timeSeries({
      title: 'Rows labelled by the teacher',
      question: 'For whom does the teacher work: for callers that wait, or labelling rows later?',
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
      overrides: [painted('/ answer$/', 'orange'), painted('/ labelling$/', 'purple')],
    }),
    stat({
      title: 'Labels lost',
      question:
        'How many holdout and explored rows could the teacher not label in the time shown? They ' +
        'are lost as evidence; a promise needs that to be rare.',
      queries: [{ expr: `round(${sumOfGrowth('labellingLost')})`, legend: '' }],
      width: 4,
      height: 8,
      unit: 'short',
      thresholds: [
        [-Infinity, 'green'],
        [1, 'red'],
      ],
    }),
  ],
});
