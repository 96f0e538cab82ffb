import type { DatasetRow } from '../../src/distillation/dataset.js';
import { evaluateCandidate } from '../../src/distillation/evaluate-candidate.js';
import { scoreModel } from '../../src/distillation/score-model.js';
import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { openInlineRunner } from '../../src/model/inline-runner.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { auroc } from '../../src/routing/auroc.js';
import { noveltyOf } from '../../src/routing/novelty.js';
import { rateLogits, type Calibration, type Rating } from '../../src/routing/rate-logits.js';
import { fitThreshold } from '../../src/routing/threshold.js';
import type { Input, TaskSpec } from '../../src/task/task.js';

const target = { riskMax: 0.05, delta: 0.1 };
/** Of a task file's `outOfScopeShare`: the usual one first. */
export const scopeShares = [0.01, 0.03, 0.05] as const;

/** A student, and rows of what it has learnt to tell that it has not seen. */
export interface ScopedStudent {
  readonly task: TaskSpec;
  readonly bundleDir: string;
  readonly validation: readonly DatasetRow[];
  readonly inside: readonly { readonly input: Input; readonly label: number }[];
}

/** Inputs of nothing that the student knows, and what it does with them. */
export interface ScopeReport {
  readonly name: string;
  /** Of the strange inputs against those in scope. */
  readonly auroc: { readonly byNovelty: number; readonly byConfidence: number };
  /** Share of the strange inputs that the student answers; without a guard, and by share. */
  readonly answeredUnguarded: number;
  readonly answeredAt: readonly number[];
}

export interface Scope {
  readonly reports: readonly ScopeReport[];
  /** Share of the inputs in scope that the student answers; without a guard, and by share. */
  readonly insideUnguarded: number;
  readonly insideAt: readonly number[];
}

export const scopeWords =
  'Answered by the student: threshold certified at risk 5 %, certainty 90 %, on every other ' +
  'in-scope test input; counted on the rest, and on all out-of-scope ones.';

/** Says what a certified student does with inputs of several kinds that are out of its scope. */
export async function measureScope(
  student: ScopedStudent,
  strange: ReadonlyMap<string, readonly Input[]>,
): Promise<Scope> {
  const bundle = await readBundle(student.bundleDir);
  const runner = await openInlineRunner({ ...bundle, provider: 'cpu' });
  try {
    const inside = await scoreModel(
      runner,
      student.inside.map(({ input }) => input),
    );
    const open = await calibrationAt(student, 0);
    const guarded = await Promise.all(scopeShares.map((share) => calibrationAt(student, share)));
    const certified = [open, ...guarded].map((calibration) =>
      certify(calibration, { scores: inside, labels: student.inside.map(({ label }) => label) }),
    );
    const [plain, ...watched] = certified as [Certified, ...Certified[]];
    const others = inside.filter((_, row) => row % 2 === 1);
    const strangeness = (scores: Float32Array): number => noveltyOf(scores, open.novelty!);
    const doubt = (scores: Float32Array): number => 1 - rateLogits(scores, open).confidence;
    const reports: ScopeReport[] = [];
    for (const [name, inputs] of strange) {
      const outside = await scoreModel(runner, inputs);
      reports.push({
        name,
        auroc: {
          byNovelty: auroc(inside.map(strangeness), outside.map(strangeness)),
          byConfidence: auroc(inside.map(doubt), outside.map(doubt)),
        },
        answeredUnguarded: plain.shareOf(outside),
        answeredAt: watched.map(({ shareOf }) => shareOf(outside)),
      });
    }
    return {
      reports,
      insideUnguarded: plain.shareOf(others),
      insideAt: watched.map(({ shareOf }) => shareOf(others)),
    };
  } finally {
    await runner.close();
  }
}

async function calibrationAt(
  { task, bundleDir, validation }: ScopedStudent,
  outOfScopeShare: number,
): Promise<Calibration> {
  const { evaluation } = await evaluateCandidate({
    task,
    ...{ target, candidateDir: bundleDir, parentBundleDir: null, validation },
    limits: { runMsP99Max: 1000, modelBytesMax: 1e9, outOfScopeShare },
    ...{
      choosingRows: [],
      goldenRows: [],
      isTrainedOn: [],
      draw: createSeededDraw(1),
      onProgress: () => {},
    },
  });
  const { temperature, score, novelty } = evaluation;
  return { temperature, score: score!, novelty };
}

interface Certified {
  /** Of rows of scores. */
  readonly shareOf: (scores: readonly Float32Array[]) => number;
}

function certify(
  calibration: Calibration,
  inside: {
    readonly scores: readonly Float32Array[];
    readonly labels: readonly number[];
  },
): Certified {
  const rate = (scores: Float32Array): Rating => rateLogits(scores, calibration);
  const certifying = inside.scores.flatMap((scores, row) =>
    row % 2 === 0 ? [{ rating: rate(scores), row }] : [],
  );
  const fit = fitThreshold({
    confidences: Float64Array.from(certifying, ({ rating }) => rating.confidence),
    disagrees: certifying.map(({ rating, row }) => rating.label !== inside.labels[row]),
    ...target,
  });
  if (fit.kind === 'not-certified') throw new Error(`Nothing can be certified: ${fit.why}`);
  const isAnswered = ({ confidence, isOutOfScope }: Rating): boolean =>
    !isOutOfScope && confidence >= fit.threshold;
  return {
    shareOf: (scores) => scores.map(rate).filter(isAnswered).length / scores.length,
  };
}
