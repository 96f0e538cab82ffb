type MetricKind = 'counter' | 'gauge' | 'histogram';

/** One metric: what it is called and the question that it answers. */
export interface MetricSpec<K extends MetricKind, L extends string> {
  readonly kind: K;
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
  /** How the values of several processes make one; their sum where it is absent. */
  readonly ofProcesses?: 'max';
}

const metric =
  <K extends MetricKind>(kind: K, ending: string) =>
  <L extends string>(name: string, labels: readonly L[], help: string): MetricSpec<K, L> => ({
    kind,
    name: `understudy_${name}${ending}`,
    labels,
    help,
  });
const counter = metric('counter', '_total');
const gauge = metric('gauge', '');
const histogram = metric('histogram', '_seconds');

/**
 * Every metric of the gateway, once. Labels are bounded: tasks and teachers by the configuration,
 * students by one version a task at a time; `label` and `target` by what a policy has targets for;
 * `route` (and `labelling`), `reason`, `trigger` and a run's `outcome` by closed lists in
 * `http/api-types.ts`, like a policy's `mode`; `path`, `status`, `stage`, `purpose`, `use`, `how`,
 * `bound` and a call's `outcome` by the few values of the code that sets them. No `satisfies` at
 * its end: that would widen the labels to any string, and a wrong one would compile.
 */
export const metricList = {
  answers: counter(
    'answers',
    ['task', 'route', 'reason'],
    'Rows answered, by who answered and why.',
  ),
  answerLatency: histogram('answer_latency', ['task', 'route'], 'Time to a row answer, by route.'),
  stageLatency: histogram(
    'stage_latency',
    ['task', 'stage'],
    'Time of one stage of a request: preprocess, student, teacher, capture.',
  ),
  httpRequests: counter('http_requests', ['path', 'status'], 'HTTP requests, by path and status.'),
  teacherCalls: counter(
    'teacher_calls',
    ['task', 'teacher', 'outcome'],
    'Calls to the teacher: ok, timeout, failed, overloaded, unavailable, cancelled.',
  ),
  teacherTokens: counter(
    'teacher_tokens',
    ['task', 'teacher', 'kind'],
    'Tokens of language models: input, of these cached (known to the server), and output.',
  ),
  teacherFurtherAttempts: counter(
    'teacher_further_attempts',
    ['task', 'teacher', 'how'],
    'Attempts beside the first of a call: a retry after a failure, a hedge beside a slow one.',
  ),
  teacherBreaker: gauge(
    'teacher_breaker_state',
    ['task', 'teacher'],
    'Circuit breaker: 0 closed, 1 half-open (probing), 2 open (the teacher is not asked).',
  ),
  teacherBreakerOpened: counter(
    'teacher_breaker_opened',
    ['task', 'teacher'],
    'Times that the circuit breaker opened: the teacher had failed too often.',
  ),
  teacherLimitCalls: gauge(
    'teacher_limit_calls',
    ['task', 'teacher'],
    'Calls that may be at the teacher at once, as adapted.',
  ),
  teacherInFlightCalls: gauge(
    'teacher_in_flight_calls',
    ['task', 'teacher'],
    'Calls that are at the teacher.',
  ),
  teacherWaitingCalls: gauge(
    'teacher_waiting_calls',
    ['task', 'teacher'],
    'Calls that wait for a place at the teacher.',
  ),
  sharedRows: counter(
    'shared_rows',
    ['task'],
    'Rows answered together with an equal one that was at the teacher: asked and paid once.',
  ),
  teacherRows: counter(
    'teacher_rows',
    ['task', 'teacher', 'purpose'],
    'Rows labelled by the teacher: for a caller (answer), off his path (labelling), again ' +
      '(reask), or to hold it against the student (golden).',
  ),
  cost: counter(
    'cost_usd',
    ['task', 'route'],
    "US dollars spent, by who answered, on labelling off the callers' path, and on calls that " +
      'may have been billed and brought nobody an answer (unanswered).',
  ),
  teacherForAllCost: counter(
    'teacher_for_all_cost_usd',
    ['task'],
    'US dollars that the same rows would have cost with the teacher answering all of them.',
  ),
  avoidedCost: gauge(
    'avoided_cost_usd',
    ['task'],
    'US dollars not spent since the start: teacher for all, less what was spent, with labelling.',
  ),
  threshold: gauge(
    'threshold_ratio',
    ['task'],
    'Confidence from which the student answers; 2 while the teacher answers everything.',
  ),
  certified: gauge(
    'certified',
    ['task'],
    '1 while a threshold holds with the stated certainty; only in modes that promise one.',
  ),
  labelCertified: gauge(
    'label_certified',
    ['task', 'label', 'target'],
    '1 while that target of that label holds with its certainty; only for labels that have one.',
  ),
  labelThreshold: gauge(
    'label_threshold_ratio',
    ['task', 'label', 'target'],
    'Confidence from which the student gives that label (riskMax), or needs for any other ' +
      '(missMax); 2 while that is not certified.',
  ),
  driftAlarm: gauge(
    'drift_alarm',
    ['task'],
    '1 from the moment at which drift withdraws the threshold until one is certified again.',
  ),
  inputDrift: gauge(
    'input_drift',
    ['task'],
    '1 while traffic holds more than before of what the student cannot answer, or of a label.',
  ),
  riskMax: gauge(
    'risk_max_ratio',
    ['task'],
    'Share of student answers that may differ, as set; only in modes that promise it.',
  ),
  policyMode: gauge('policy_mode', ['task', 'mode'], '1 for the mode of the policy in force.'),
  budgetSpent: gauge(
    'teacher_budget_spent_ratio',
    ['task'],
    "Share of the teacher's hourly budget that the last hour has spent.",
  ),
  keyBudget: gauge(
    'key_budget_usd',
    ['key'],
    'US dollars that answers to the callers of a key may cost in any hour; of limited keys.',
  ),
  keySpent: gauge(
    'key_spent_usd',
    ['key'],
    'US dollars that they have cost in the last hour, with what calls in flight may cost at most.',
  ),
  labelsOverBudget: counter(
    'labels_over_budget_rows',
    ['task'],
    "Holdout rows without a label, for want of the teacher's budget.",
  ),
  coverage: gauge(
    'coverage_ratio',
    ['task'],
    'Share of the last 1 000 rows that the student answered.',
  ),
  agreement: gauge(
    'agreement_ratio',
    ['task', 'bound'],
    "Agreement of the present student's answers with the teacher: estimate, low, high.",
  ),
  capturedRows: counter(
    'captured_rows',
    ['task', 'use'],
    'Rows in the log: training, holdout, reserved (holdout at the cold rate only).',
  ),
  captureFailing: gauge(
    'capture_failing',
    [],
    '1 while the log takes no rows: unsure rows are degraded or refused; alert on it.',
  ),
  labellingLost: counter(
    'labelling_lost_rows',
    ['task'],
    'Holdout and explored rows that no label came into the log of; alert when it grows.',
  ),
  answersUnkept: counter(
    'unkept_teacher_answers',
    ['task'],
    'Rows with an answer of the teacher, paid for, that the log has not taken (as far as known).',
  ),
  runs: counter(
    'distillation_runs',
    ['task', 'trigger', 'outcome'],
    'Distillation runs that ended.',
  ),
  runShare: gauge(
    'distillation_run_ratio',
    ['task'],
    'Share of the present run that is done, or 0.',
  ),
  runSeconds: gauge('distillation_run_seconds', ['task'], 'How long the newest run took.'),
  studentInfo: gauge('student_info', ['task', 'version'], '1 for the student version that serves.'),
  executionProvider: gauge(
    'execution_provider_info',
    ['task', 'provider'],
    '1 for what the models of a task run on.',
  ),
  studentRunRows: {
    ...gauge(
      'student_run_rows_max',
      ['task'],
      'Rows of one run of the student at most, as adapted to its speed.',
    ),
    ofProcesses: 'max',
  },
  studentQueueRows: gauge('student_queue_rows', ['task'], 'Rows that wait for the student.'),
  studentInFlightRows: gauge(
    'student_in_flight_rows',
    ['task'],
    'Rows that are with the student, waiting or in a run.',
  ),
  studentLimitRows: gauge(
    'student_limit_rows',
    ['task'],
    'Rows that may be with the student, as adapted; more are refused.',
  ),
  refusedRows: counter(
    'refused_rows',
    ['task'],
    'Rows refused at once (503) because the student had enough.',
  ),
  answerCacheLookups: counter(
    'answer_cache_lookups',
    ['task', 'outcome'],
    'Rows looked up in the answer cache: hit, miss.',
  ),
  answerCacheEvictions: counter(
    'answer_cache_evictions',
    ['task'],
    'Answers that made room for newer ones.',
  ),
  answerCacheBytes: gauge('answer_cache_bytes', ['task'], 'Memory of the answer cache.'),
  teacherChecks: counter(
    'teacher_checks',
    ['task', 'outcome'],
    'Holdout rows that the teacher was asked about twice more: same, different, lost.',
  ),
  selfAgreement: gauge(
    'teacher_self_agreement_ratio',
    ['task', 'bound'],
    'How often two answers of the teacher to one input are equal: estimate, low, high.',
  ),
  riskFloor: gauge(
    'risk_floor_ratio',
    ['task'],
    'Least risk that any student can have, as the teacher disagrees with itself; 0: none shown.',
  ),
  teacherChanged: counter(
    'teacher_changed',
    ['task'],
    'Times that the teacher was found to answer otherwise than before, under one version.',
  ),
  certificateLost: counter(
    'certificate_lost',
    ['task'],
    'Times that drift withdrew the threshold.',
  ),
} as const;

export type MetricName = keyof typeof metricList;
export type LabelsOf<M extends MetricName> = Readonly<
  Record<(typeof metricList)[M]['labels'][number], string>
>;

/** A student answers in a fraction of prom-client's lowest default, 5 ms: 0.1 ms x 2^k, to 26 s. */
export const latencyBucketsSeconds = Array.from({ length: 19 }, (_, k) => 0.0001 * 2 ** k);
