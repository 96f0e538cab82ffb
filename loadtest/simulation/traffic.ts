import type { CapturedRow } from '../../src/capture/capture.js';
import { policySchema } from '../../src/config/policy-schema.js';
import type { HoldoutEvidence } from '../../src/serving/evidence.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import type { GuaranteeEvent } from '../../src/serving/guarantee-parts.js';
import { watchInputs } from '../../src/serving/input-watch.js';
import { promiseInForce } from '../../src/serving/promise-in-force.js';
import type { PromiseView } from '../../src/serving/promise-view.js';
import { createTaskBus, type TaskBus } from '../../src/serving/task-bus.js';
import { noRows, secondOf } from '../../src/serving/traffic-tally.js';
import { drawMixedRow, type Mix, type MixedRow } from './mixes.js';
import type { Target } from './simulated.js';
import type { World } from './worlds.js';

/** Labels of rows that the student leaves to the teacher; the last is that of new ones alone. */
const labelCount = 150;
const msARow = 100;
const rowsASecond = 1_000 / msARow;
/** Of holdout rows: the others choose between students (`distillation/holdout-use.ts`). */
const certifyShare = 5 / 6;

export interface TrafficOptions {
  readonly world: World;
  readonly target: Target;
  readonly draw: () => number;
  /** Whether inputs are compared with those that certified the threshold. */
  readonly areInputsWatched: boolean;
  readonly onEvent: (event: GuaranteeEvent) => void;
}

/**
 * All that the gateway's guarantee is made of, fed row by row with made-up traffic: fit and fits
 * again, tests of the answers, the watch of the inputs, the raised threshold and holdout rate
 * during a drift. Only model, teacher and log are left out: they are instant, and never fail. The
 * student stays the same for ever; in a gateway a run would bring a better one.
 */
export class Traffic {
  readonly guarantee: Guarantee;
  readonly promise: PromiseView;
  private readonly bus: TaskBus = createTaskBus();
  private rows = 0;
  private sureRows = 0;
  private captured: CapturedRow[] = [];

  constructor(private readonly options: TrafficOptions) {
    const policy = policySchema.parse(options.target);
    const labels = Array.from({ length: labelCount }, (_, label) => `label ${label}`);
    const keptOut = { share: policy.coldHoldoutRate };
    const { bus } = this;
    this.guarantee = new Guarantee({
      ...{ policy, labels, saved: null, save: () => {}, now: this.now },
      onEvent: (event) => {
        if (event.kind === 'certificate-won') keptOut.share = policy.recoveryHoldoutRate;
        options.onEvent(event);
      },
    });
    const { guarantee } = this;
    const budget = { threshold: null, holdoutRate: 0 };
    this.promise = promiseInForce({ guarantee, budget, keptOut });
    if (options.areInputsWatched)
      watchInputs(bus, {
        ...{ guarantee, labels, now: this.now },
        slot: { peek: () => ({ version: 'student' }) },
      });
    this.guarantee.bind('student', []);
  }

  private readonly now = (): number => (rowsASecond - 1 + this.rows) * msARow;

  /** Share of the world above the threshold in force; 0 while the teacher answers all. */
  get servedMass(): number {
    const { threshold } = this.promise;
    return threshold === null ? 0 : this.options.world.massFrom(threshold);
  }

  /** The next row comes, and is answered. */
  pass(mix: Mix): void {
    const { world, draw } = this.options;
    const row = drawMixedRow(world, mix, draw);
    const confidence = world.confidenceAt(row.mass);
    const { threshold, holdoutRate } = this.promise;
    const isSure = threshold !== null && confidence >= threshold;
    this.rows++;
    if (draw() < holdoutRate) {
      const evidence = evidenceFrom(row, { confidence, row: this.rows, createdMs: this.now() });
      const certifies = draw() < certifyShare;
      this.guarantee.observe(evidence, { isNew: true, isServed: isSure, certifies });
    }
    if (isSure) this.sureRows++;
    else if (threshold !== null) this.captured.push(this.escalated(row, threshold));
    if (this.rows % rowsASecond === 0 && this.options.areInputsWatched) this.endSecond();
  }

  private escalated({ isNew }: MixedRow, threshold: number): CapturedRow {
    const { draw } = this.options;
    // Some labels are often unsure, most of them hardly ever.
    const label = isNew ? labelCount - 1 : Math.floor(draw() ** 3 * (labelCount - 1));
    const createdMs = this.now();
    const inputHash = String(this.rows);
    return { ...escalation, inputHash, createdMs, teacherLabel: label, threshold };
  }

  private endSecond(): void {
    const { sureRows, captured } = this;
    const second = secondOf(this.now());
    const spent = { costUsd: 0, failedRows: 0, confidences: [] };
    const tally = { requests: rowsASecond, rowsByRoute: noRows(), ...spent };
    const sure = [[second, sureRows]] as const;
    this.bus.emit('tallied', { ...tally, decidedRows: rowsASecond, sureRows: sure });
    this.bus.emit('captured', captured);
    this.sureRows = 0;
    this.captured = [];
  }
}

const evidenceFrom = (
  { disagrees }: MixedRow,
  seen: { readonly confidence: number; readonly row: number; readonly createdMs: number },
): HoldoutEvidence => ({
  inputHash: String(seen.row),
  createdMs: seen.createdMs,
  confidence: seen.confidence,
  label: 0,
  teacherLabel: Number(disagrees),
  disagrees,
});

/** What the watch does not look at is the same in all rows. */
const escalation: CapturedRow = {
  ...{ id: '', task: '', createdMs: 0, input: new Uint8Array(), inputHash: '' },
  ...{ route: 'teacher', reason: 'unsure', isHoldout: false, isTrainable: true, propensity: 1 },
  ...{ holdoutRate: 0, studentVersion: 'student', studentLogits: null, confidence: null },
  ...{ threshold: null, teacherName: '', teacherVersion: '', teacherLabel: 0 },
  ...{ teacherProbabilities: null, teacherLatencyMs: 0, costUsd: 0, client: null },
  ...{ source: 'traffic', inputKept: 'full', studentLabel: null, studentLatencyMs: null },
  subject: null,
};
