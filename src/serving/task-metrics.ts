import type { CapturedRow } from '../capture/capture.js';
import { policyModes, promisesRisk } from '../config/policy-schema.js';
import type { AnswerJson, RunJson, TaskJson } from '../http/api-types.js';
import type { Metrics } from '../telemetry/metrics.js';
import { isLabelledLater } from './captured-row.js';
import { createLabelGauges } from './label-metrics.js';
import { noThreshold } from './no-threshold.js';
import type { TaskBus } from './task-bus.js';

/** What a scrape reads of a task; cheap, and without waiting. */
export type ScrapedState = Pick<
  TaskJson,
  'certificate' | 'driftAlarm' | 'inputDrift' | 'budget' | 'coverage' | 'agreement' | 'policy'
> & {
  /** In force; null where there is none. */
  readonly threshold: number | null;
  /** As `TaskJson` has them. */
  readonly teacher: Pick<TaskJson['teacher'], 'selfAgreement' | 'riskFloor'>;
  readonly studentVersion: string | null;
  readonly executionProvider: string;
  readonly avoidedCostUsd: number;
  readonly presentRun: RunJson | null;
};

/** Counts a task's answers, in the process that gives them. */
export function measureAnswers(
  bus: TaskBus,
  metrics: Metrics,
  { task, teacherCostPerRowUsd }: { readonly task: string; readonly teacherCostPerRowUsd: number },
): void {
  const stages = byKey((stage) => metrics.timerOf('stageLatency', { task, stage }));
  const routes = byKey((route) => ({
    observeMs: metrics.timerOf('answerLatency', { task, route }),
    addCost: metrics.counterOf('cost', { task, route }),
    reasons: byKey((reason) => metrics.counterOf('answers', { task, route, reason })),
  }));
  const addTeacherForAll = metrics.counterOf('teacherForAllCost', { task });
  bus.on('answered', (answers) => {
    observeStages(answers, stages);
    for (const { route, reason, latencyMs, costUsd } of answers) {
      const cells = routes(route);
      cells.reasons(reason)(1);
      cells.observeMs(latencyMs.total);
      cells.addCost(costUsd);
    }
    addTeacherForAll(teacherCostPerRowUsd * answers.length);
  });
}

/** Feeds one task's metrics: counters as things happen, gauges when they are scraped. */
export function measureTask(
  bus: TaskBus,
  metrics: Metrics,
  context: {
    readonly task: string;
    readonly teacherCostPerRowUsd: number;
    readonly readState: () => ScrapedState;
  },
): void {
  const { task, readState } = context;
  startAtZero(metrics, task);
  const showLabels = createLabelGauges(metrics, task);
  metrics.beforeScrape(() => {
    const state = readState();
    scrape(metrics, task, state);
    showLabels(isPromising(state) ? state.certificate.labels : []);
  });
  measureAnswers(bus, metrics, context);
  bus.on('captured', (rows) => {
    for (const row of rows) {
      metrics.add('capturedRows', { task, use: useOf(row) });
      if (isLabelledLater(row)) metrics.add('cost', { task, route: 'labelling' }, row.costUsd);
    }
  });
  bus.on('labellingLost', (rows) => metrics.add('labellingLost', { task }, rows));
  bus.on('answersUnkept', (rows) => metrics.add('answersUnkept', { task }, rows));
  bus.on('paidInVain', (usd) => metrics.add('cost', { task, route: 'unanswered' }, usd));
  bus.on('labelsOverBudget', (rows) => metrics.add('labelsOverBudget', { task }, rows));
  countChecks(bus, metrics, task);
  bus.on('guarantee', ({ kind }) => {
    if (kind === 'certificate-lost') metrics.add('certificateLost', { task });
  });
  bus.on('runEnded', ({ trigger, state, startedAtMs, endedAtMs }) => {
    metrics.add('runs', { task, trigger, outcome: state });
    metrics.set('runSeconds', { task }, ((endedAtMs ?? startedAtMs) - startedAtMs) / 1000);
  });
}

function countChecks(bus: TaskBus, metrics: Metrics, task: string): void {
  bus.on('teacherChecked', ({ newLabels: [second, third], costUsd }) => {
    metrics.add('teacherChecks', { task, outcome: second === third ? 'same' : 'different' });
    metrics.add('cost', { task, route: 'labelling' }, costUsd);
  });
  bus.on('teacherCheckLost', (_, costUsd) => {
    metrics.add('teacherChecks', { task, outcome: 'lost' });
    metrics.add('cost', { task, route: 'labelling' }, costUsd);
  });
  bus.on('teacherGraded', (costUsd) => metrics.add('cost', { task, route: 'labelling' }, costUsd));
  bus.on('teacherChanged', () => metrics.add('teacherChanged', { task }));
}

const triggers: readonly RunJson['trigger'][] = [
  'api',
  'cli',
  'console',
  'schedule',
  'rows',
  'drift',
];
const outcomes: readonly RunJson['state'][] = [
  'promoted',
  'rejected',
  'skipped',
  'untrainable',
  'failed',
];

/**
 * Prometheus sees growth only between two samples: the first event of a counter that was not there
 * before is lost on it. What rarely happens, and must then be seen, is there from the start.
 */
function startAtZero(metrics: Metrics, task: string): void {
  metrics.add('certificateLost', { task }, 0);
  metrics.add('labellingLost', { task }, 0);
  metrics.add('answersUnkept', { task }, 0);
  metrics.add('teacherChanged', { task }, 0);
  for (const outcome of ['same', 'different', 'lost'])
    metrics.add('teacherChecks', { task, outcome }, 0);
  metrics.add('labelsOverBudget', { task }, 0);
  for (const trigger of triggers)
    for (const outcome of outcomes) metrics.add('runs', { task, trigger, outcome }, 0);
}

function useOf({ isHoldout, isTrainable }: CapturedRow): string {
  if (isHoldout) return 'holdout';
  return isTrainable ? 'training' : 'reserved';
}

/** Makes the value of each key when it is first asked for; keys are few. */
function byKey<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

/** Rows of a request share their stages: one observation a request, however many rows. */
function observeStages(
  answers: readonly AnswerJson[],
  stages: (stage: string) => (durationMs: number) => void,
): void {
  const { preprocess, student } = answers[0]!.latencyMs;
  stages('preprocess')(preprocess);
  if (student !== undefined) stages('student')(student);
  const escalated = answers.find(({ latencyMs }) => latencyMs.teacher !== undefined);
  if (escalated === undefined) return;
  const { teacher, capture } = escalated.latencyMs;
  stages('teacher')(teacher!);
  if (capture !== undefined) stages('capture')(capture);
}

function scrape(metrics: Metrics, task: string, state: ScrapedState): void {
  const { certificate, budget, coverage, agreement, policy, studentVersion, presentRun } = state;
  const isPromised = isPromising(state);
  metrics.set('threshold', { task }, thresholdShown(state));
  metrics.set('certified', { task }, isPromised ? Number(certificate.kind === 'certified') : null);
  metrics.set('driftAlarm', { task }, Number(state.driftAlarm !== null));
  metrics.set('inputDrift', { task }, Number(state.inputDrift !== null));
  metrics.set('riskMax', { task }, isPromised ? policy.riskMax : null);
  for (const mode of policyModes)
    metrics.set('policyMode', { task, mode }, Number(mode === policy.mode));
  metrics.set(
    'budgetSpent',
    { task },
    budget === null ? null : budget.spentLastHour / budget.perHour,
  );
  metrics.set('avoidedCost', { task }, state.avoidedCostUsd);
  metrics.set('runShare', { task }, presentRun?.share ?? 0);
  metrics.set('coverage', { task }, coverage);
  for (const bound of ['estimate', 'low', 'high'] as const)
    metrics.set('agreement', { task, bound }, agreement?.[bound] ?? null);
  const { selfAgreement, riskFloor } = state.teacher;
  metrics.set('riskFloor', { task }, riskFloor);
  metrics.set('selfAgreement', { task, bound: 'estimate' }, selfAgreement?.estimate ?? null);
  metrics.set('selfAgreement', { task, bound: 'low' }, selfAgreement?.low ?? 0); // All is possible.
  metrics.set('selfAgreement', { task, bound: 'high' }, selfAgreement?.high ?? 1);
  metrics.setStudent(task, studentVersion ?? 'none');
  metrics.set('executionProvider', { task, provider: state.executionProvider }, 1);
}

const isPromising = ({ policy }: ScrapedState): boolean => promisesRisk(policy.mode);

/** In mode `student` everything is above it. */
function thresholdShown({ policy, threshold }: ScrapedState): number {
  if (policy.mode === 'student') return 0;
  return threshold ?? noThreshold;
}
