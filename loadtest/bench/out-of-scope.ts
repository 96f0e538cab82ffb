import { evaluateCandidate } from '../../src/distillation/evaluate-candidate.js';
import { scoreModel } from '../../src/distillation/score-model.js';
import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import { openInlineRunner } from '../../src/model/inline-runner.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { auroc } from '../../src/routing/auroc.js';
import { noveltyOf } from '../../src/routing/novelty.js';
import { rateLogits, type Calibration, type Rating } from '../../src/routing/rate-logits.js';
import { fitThreshold } from '../../src/routing/threshold.js';
import { missingTextData, readClinc150, readClincOutOfScope, type TextRow } from '../text-data.js';
import { atLeast, atMost } from './bounded-figure.js';
import type { BenchContext, Measurement } from './measurement.js';
import { tableOf } from './table.js';
import { trainOnRows } from './text-students.js';

const target = { riskMax: 0.05, delta: 0.1 };
const shares = [0.01, 0.03, 0.05] as const;

/** What a student of CLINC150 does with queries of intents that it has never seen. */
export const outOfScope: Measurement = {
  name: 'out-of-scope',
  question: 'How many queries unlike anything seen does a sure student answer, and what helps?',
  missing: missingTextData,
  async measure(context) {
    const { command, isQuick } = context;
    const rows = isQuick ? 1000 : 15_000;
    const student = await scoreClinc(context, rows);
    const lines = shares.map((share) => student.answeredAt(share));
    const { byNovelty, byConfidence } = student.aurocs;
    const usual = lines[0]!;
    const named = (figure: string, value: number) => ({
      figure: `clinc150, student of ${rows} rows: ${figure}`,
      ...{ value, unit: 'of 1', command },
    });
    const head = ['outOfScopeShare', 'out of scope answered', 'in scope answered'];
    const table = tableOf(head, [['no guard', ...student.unguarded], ...lines]);
    return {
      figures: [
        atLeast(byConfidence, named('AUROC of novelty, confidence alone as target', byNovelty)),
        atMost(student.unguarded[0], named('out of scope answered at share 0.01', usual[1])),
      ],
      report:
        `${table}\n\nAUROC, out-of-scope test queries against the in-scope ones: novelty ` +
        `${byNovelty.toFixed(3)}, one less confidence ${byConfidence.toFixed(3)}. Answered ` +
        'by the student: threshold certified at risk 5 %, certainty 90 %, on every other ' +
        'in-scope test query; counted on the rest, and on all out-of-scope ones.',
    };
  },
};

async function scoreClinc(context: BenchContext, rows: number) {
  const data = await readClinc150();
  const strange = await readClincOutOfScope();
  context.say(`training on ${rows} rows`);
  const { bundleDir, validation } = await trainOnRows(context, data, rows);
  const calibrationAt = async (outOfScopeShare: number): Promise<Calibration> => {
    const { evaluation } = await evaluateCandidate({
      task: data.task,
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
  };
  const bundle = await readBundle(bundleDir);
  const runner = await openInlineRunner({ ...bundle, provider: 'cpu' });
  const scoresOf = (texts: readonly TextRow[]) =>
    scoreModel(
      runner,
      texts.map(({ input }) => input),
    );
  try {
    const [inside, outside] = [await scoresOf(data.test), await scoresOf(strange)];
    const labels = data.test.map(({ label }) => label);
    const open = await calibrationAt(0);
    const strangeness = (scores: Float32Array): number => noveltyOf(scores, open.novelty!);
    const doubt = (scores: Float32Array): number => 1 - rateLogits(scores, open).confidence;
    const calibrations = new Map<number, Calibration>();
    for (const share of shares) calibrations.set(share, await calibrationAt(share));
    return {
      aurocs: {
        byNovelty: auroc(inside.map(strangeness), outside.map(strangeness)),
        byConfidence: auroc(inside.map(doubt), outside.map(doubt)),
      },
      unguarded: answered(open, { inside, outside, labels }),
      answeredAt: (share: (typeof shares)[number]) =>
        [share, ...answered(calibrations.get(share)!, { inside, outside, labels })] as const,
    };
  } finally {
    await runner.close();
  }
}

/** @returns shares of the out-of-scope and of the in-scope rows that the student answers. */
function answered(
  calibration: Calibration,
  rows: {
    readonly inside: readonly Float32Array[];
    readonly outside: readonly Float32Array[];
    readonly labels: readonly number[];
  },
): readonly [number, number] {
  const rate = (scores: Float32Array): Rating => rateLogits(scores, calibration);
  const inside = rows.inside.map(rate);
  const certifying = inside.flatMap((rating, row) => (row % 2 === 0 ? [{ rating, row }] : []));
  const fit = fitThreshold({
    confidences: Float64Array.from(certifying, ({ rating }) => rating.confidence),
    disagrees: certifying.map(({ rating, row }) => rating.label !== rows.labels[row]),
    ...target,
  });
  if (fit.kind === 'not-certified') throw new Error(`Nothing can be certified: ${fit.why}`);
  const isAnswered = ({ confidence, isOutOfScope }: Rating): boolean =>
    !isOutOfScope && confidence >= fit.threshold;
  const shareOf = (ratings: readonly Rating[]): number =>
    ratings.filter(isAnswered).length / ratings.length;
  return [shareOf(rows.outside.map(rate)), shareOf(inside.filter((_, row) => row % 2 === 1))];
}
