import type { Section } from '../layout.js';
import { timeSeries, type Panel } from '../panels.js';
import { quantile, sumOfRates } from '../promql.js';
import { routeColors } from './route-colors.js';

const latencyByRoute = (q: number, who: string): Panel =>
  timeSeries({
    title: `p${q * 100} latency by route`,
    question:
      `How long does ${who} take, by who gives it? The scale is logarithmic: the gap between ` +
      'student and teacher is what escalations cost a caller.',
    queries: [{ expr: quantile(q, 'answerLatency', ['route']), legend: '{{route}}' }],
    width: 8,
    unit: 's',
    scale: 'log',
    overrides: routeColors,
  });

const rowsByRoute = sumOfRates('answers', ['route']);

/** How fast answers are, who gives them and why. */
export const trafficSection = (): Section => ({
  title: 'Latency and share by route',
  panels: [
    latencyByRoute(0.5, 'the answer in the middle'),
    latencyByRoute(0.95, 'the slowest of 20 answers'),
    latencyByRoute(0.99, 'the slowest of 100 answers'),
    timeSeries({
      title: 'Share by route',
      question:
        'Who answers? The orange share should shrink after each promotion (green lines). Red: ' +
        "the teacher could not be used, and callers got the student's unsure answer.",
      queries: [
        {
          expr: `${rowsByRoute} / on () group_left () ${sumOfRates('answers')}`,
          legend: '{{route}}',
        },
      ],
      width: 8,
      unit: 'percentunit',
      min: 0,
      max: 1,
      isStacked: true,
      overrides: routeColors,
    }),
    timeSeries({
      title: 'Rows per second by route',
      question: 'How much traffic is there, and how much of it does the teacher bear?',
      queries: [{ expr: rowsByRoute, legend: '{{route}}' }],
      width: 8,
      unit: 'rowsps',
      min: 0,
      isStacked: true,
      overrides: routeColors,
    }),
    timeSeries({
      title: 'Rows per second by reason',
      question:
        'Why was it that route? "unsure": below the threshold. "not-certified": no threshold ' +
        'holds. "teacher-timeout", "-failed", "-overloaded", "-unavailable", "capture-failed": ' +
        'degraded answers.',
      queries: [{ expr: sumOfRates('answers', ['reason']), legend: '{{reason}}' }],
      width: 8,
      unit: 'rowsps',
      min: 0,
    }),
  ],
});
