import type { StoredRow } from '../../src/capture/capture.js';
import { evaluationDetails } from '../../src/distillation/evaluation-details.js';
import type { JudgingRows, ScoredModel } from '../../src/distillation/scored-model.js';
import type {
  EvaluationDetailsJson,
  EvaluationPageJson,
} from '../../src/http/api-types-evaluation.js';
import { capturedRow } from './captured-row.js';
import { fakeManifest } from './fake-bundle.js';

/** What a model says of a row, and the logit that it gives to that; the others have 0. */
export type Said = readonly [label: number, logit: number];

/** A model that says so of the choosing rows, then of the golden ones. */
export function scoredModel(
  version: string,
  classCount: number,
  said: readonly Said[],
): ScoredModel {
  const manifest = { ...fakeManifest(new Uint8Array(3)), version };
  return {
    manifest,
    isFinite: said.every(([, logit]) => Number.isFinite(logit)),
    logits: said.map(([label, logit]) => new Float32Array(classCount).with(label, logit)),
    runMsP99: 0.25,
  };
}

/** Rows with these labels; holdout rows are a minute apart. */
export const judgingRows = (
  teacher: readonly number[],
  golden: readonly number[],
): JudgingRows => ({
  choosing: teacher.map((teacherLabel, k): StoredRow => {
    const createdMs = 1_700_000_000_000 + k * 60_000;
    return {
      ...capturedRow({ id: `h${k}`, teacherLabel, createdMs }),
      sequence: k,
      feedback: null,
    };
  }),
  golden: golden.map((label, k) => ({ input: Uint8Array.of(k), label })),
});

/** Two students of three classes on six holdout and two golden rows. */
export function evaluationDetailsJson(
  labels: readonly string[] = ['flat', 'upright', 'slanted'],
): EvaluationDetailsJson {
  const rows = judgingRows([0, 0, 0, 1, 1, 2], [0, 1]);
  const own: readonly Said[] = [
    [0, 4],
    [0, 3],
    [1, 1],
    [1, 4],
    [1, 2],
    [2, 5],
    [0, 4],
    [1, 4],
  ];
  const others: readonly Said[] = own.with(4, [2, 1]).with(7, [2, 1]);
  return evaluationDetails(
    scoredModel('v3-00000003', 3, own),
    scoredModel('v2-00000002', 3, others),
    {
      ...{ task: 'lines', labels, rows, isTrainedOn: [false, false] },
      target: { riskMax: 0.1, delta: 0.1 },
    },
  );
}

/** The page of a run that was rejected, to change one thing of. */
export const evaluationPageJson = (
  changes: Partial<EvaluationPageJson> = {},
): EvaluationPageJson => ({
  format: 'understudy-evaluation/1',
  task: 'lines',
  codeVersion: '0.1.0 (1f9a03c2)',
  madeAtMs: 1_700_000_000_000,
  run: {
    id: 'run-1',
    state: 'rejected',
    trigger: 'cli',
    startedAtMs: 1_700_000_000_000,
    endedAtMs: 1_700_000_012_500,
    trainer: 'embedded',
    reasons: ['It agrees less.'],
  },
  gates: [{ name: 'agreement', isPassed: false, reason: 'It agrees less.' }],
  dataset: null,
  snapshot: {
    sha256: 'cd'.repeat(32),
    seed: 7,
    teacher: { name: 'lines-teacher', version: 't1-aaaaaaaa' },
    trainRows: 270,
    validationRows: 30,
    timeSpanMs: { first: 1_699_900_000_000, last: 1_700_000_000_000 },
  },
  training: {
    notes: ['None of 2 other settings beat "MLP 128" by more than chance.'],
    settings: 'MLP 128',
    searchedRows: 270,
    validationRows: 30,
    trials: [
      {
        settings: 'MLP 128',
        share: 1,
        agreement: 0.9,
        balancedAgreement: 0.85,
        loss: 0.151,
        seconds: 1.25,
        isChosen: true,
      },
    ],
  },
  curve: {
    points: [
      { step: 10, loss: 1.2, validationLoss: 1.1 },
      { step: 20, loss: 0.6, validationLoss: null },
      { step: 30, loss: 0.4, validationLoss: 0.5 },
    ],
  },
  compression: null,
  details: evaluationDetailsJson(),
  ...changes,
});
