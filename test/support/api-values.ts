import type {
  AnswerJson,
  DatasetReportJson,
  EvaluationJson,
  RunJson,
} from '../../src/http/api-types.js';

/** A plausible answer to change one thing of. */
export const answerJson = (changes: Partial<AnswerJson> = {}): AnswerJson => ({
  id: 'row-1',
  label: 'bright',
  confidence: 0.97,
  route: 'student',
  reason: 'confident',
  threshold: 0.9,
  studentVersion: 'v1-00000001',
  teacher: null,
  latencyMs: { preprocess: 0.1, student: 0.2, total: 0.3 },
  costUsd: 0,
  ...changes,
});

/** A run that has just started, to change one thing of. */
export const runJson = (changes: Partial<RunJson> = {}): RunJson => ({
  id: 'run-1',
  trigger: 'api',
  state: 'running',
  startedAtMs: 1_700_000_000_000,
  endedAtMs: null,
  stage: 'snapshot',
  share: 0,
  message: 'Starting',
  remainingMs: null,
  candidateVersion: null,
  evaluation: null,
  reasons: [],
  ...changes,
});

/** What a candidate came to beside no incumbent, to change one thing of. */
export const evaluationJson = (changes: Partial<EvaluationJson> = {}): EvaluationJson => ({
  agreement: { estimate: 0.95, low: 0.9, high: 0.98, rows: 100 },
  coverage: 0.9,
  goldenAccuracy: 0.97,
  goldenRows: 500,
  runMsP99: 0.1,
  temperature: 1,
  incumbent: null,
  gates: [],
  ...changes,
});

/** What a run learnt from when one client sent too much. */
export const datasetReport: DatasetReportJson = {
  summary: '900 rows to learn from, 80 to validate; left out: 20 of clients that have their share',
  trainingRows: 900,
  validationRows: 80,
  seedRows: 100,
  capturedRows: 900,
  clients: 30,
  leftOut: { duplicates: 0, heldOut: 0, newClients: 0, nearDuplicates: 0, clientShare: 20 },
  boundClients: [{ client: 'key-7', rows: 40, kept: 20 }],
};
