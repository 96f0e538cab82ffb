import { painted, timeSeries, type Panel } from '../panels.js';
import { series, sumOfRates } from '../promql.js';

const byTeacher = (how: 'max' | 'sum', expr: string): string => `${how} by (teacher) (${expr})`;

/** Is a teacher left alone, asked again, or at its limit? */
export const resiliencePanels = (): Panel[] => [
  timeSeries({
    title: 'Circuit breakers',
    question:
      'Is a teacher left alone because it fails? 0: closed, it is asked; 1: some calls find out ' +
      'whether it is back; 2: open, unsure rows are degraded or refused.',
    queries: [{ expr: byTeacher('max', series('teacherBreaker')), legend: '{{teacher}}' }],
    width: 8,
    unit: 'short',
    min: 0,
    max: 2,
    decimals: 0,
  }),
  timeSeries({
    title: 'Further attempts and shared rows',
    question:
      'How often is a teacher asked again after a failure, or beside a slow call, and how often ' +
      'left alone (its breaker opens)? How many rows shared the answer of an equal one?',
    queries: [
      {
        expr: sumOfRates('teacherFurtherAttempts', ['teacher', 'how']),
        legend: '{{teacher}} {{how}}',
      },
      { expr: sumOfRates('teacherBreakerOpened', ['teacher']), legend: '{{teacher}} left alone' },
      { expr: sumOfRates('sharedRows'), legend: 'shared' },
    ],
    width: 8,
    unit: 'reqps',
    min: 0,
    overrides: [
      painted('/ retry$/', 'orange'),
      painted('/ hedge$/', 'blue'),
      painted('shared', 'green'),
    ],
  }),
  timeSeries({
    title: 'Calls at the teacher',
    question:
      'How many calls does a teacher bear? The limit falls by refusals and timeouts; calls that ' +
      'wait while it is at its highest want a larger resilience.limit.callsMax.',
    queries: [
      { expr: byTeacher('sum', series('teacherInFlightCalls')), legend: '{{teacher}} in flight' },
      { expr: byTeacher('sum', series('teacherWaitingCalls')), legend: '{{teacher}} waiting' },
      { expr: byTeacher('sum', series('teacherLimitCalls')), legend: '{{teacher}} limit' },
    ],
    width: 8,
    unit: 'short',
    min: 0,
    overrides: [painted('/ waiting$/', 'red'), painted('/ limit$/', 'text')],
  }),
];
