import type { CapturedRow } from '../capture/capture.js';
import { holdoutUseOf } from '../distillation/holdout-use.js';
import type { InputDriftJson } from '../http/api-types.js';
import { InputDriftTest, type EscalationReference } from '../routing/input-drift-test.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import type { Slot } from '../student/student-slot.js';
import type { HoldoutEvidence } from './evidence.js';
import type { Guarantee } from './guarantee.js';
import { cautiousThreshold } from './cautious-threshold.js';
import { inputDriftWords } from './input-drift-words.js';
import { appliedThreshold } from './label-thresholds.js';
import { createRecentInputs } from './recent-inputs.js';
import type { TaskBus } from './task-bus.js';

/** Holdout rows since the last drift that are enough to compare traffic with. */
const comparedRowsMin = 200;

export interface InputWatchParts {
  readonly bus: TaskBus;
  readonly slot: Slot<OnnxStudent>;
  readonly guarantee: Guarantee;
  readonly labels: readonly string[];
  readonly now: () => number;
  /** Called when a drift begins or ends. */
  readonly onChange: () => void;
}

/**
 * Compares traffic with the rows that the threshold was certified on, without a label of what the
 * student answers. Where it has come to hold more of what the student cannot answer, the threshold
 * rises, more rows are held out, and a distillation is asked for. Once enough of these rows have
 * come, what was there before them proves nothing any more.
 *
 * A drift is on until a threshold is certified on what has come since, or drift of the answers has
 * withdrawn it. An input counts once. A restart forgets a drift, and sees it again.
 */
export class InputWatch {
  private readonly recentInputs = createRecentInputs();
  private present: Pick<InputDriftJson, 'sinceMs' | 'why'> | null = null;
  private holdoutRowsSince = 0;
  private hasLeftBehind = false;
  private caution = { key: '', threshold: 0 };
  /** When the last drift began: what came since is the traffic of now. */
  private lastDriftMs = Infinity;
  private test: InputDriftTest | null = null;
  /** What `test` was made for. */
  private testKey = '';
  /** Sure rows since the last escalation: they matter when one comes. */
  private sureRows = 0;

  constructor(private readonly parts: InputWatchParts) {
    const { bus } = parts;
    bus.on('answered', (answers) => {
      for (const { reason } of answers) if (reason === 'confident') this.sureRows++;
    });
    bus.on('tallied', (tally) => void (this.sureRows += tally.sureRows));
    bus.on('captured', (rows) => {
      this.leaveBehindWhenDue(rows);
      for (const row of rows) if (isEscalation(row)) this.addEscalation(row);
    });
    bus.on('guarantee', ({ kind }) => {
      if (this.present === null) return;
      if (kind === 'certificate-lost') this.end('The threshold was withdrawn.');
      else if (this.hasLeftBehind) this.end('A threshold is certified on what has come since.');
    });
  }

  /** Null while traffic is like that which certified the threshold. */
  get drift(): InputDriftJson | null {
    return this.present && { ...this.present, thresholdMin: this.thresholdMin };
  }

  /** Confidence that answers need beside the certified threshold; 0 without a drift. */
  get thresholdMin(): number {
    const { certificate, certifyingRows, policy } = this.parts.guarantee;
    if (this.present === null || certificate.kind !== 'certified') return 0;
    const key = this.keyOf(certificate.fittedAtMs);
    if (key !== this.caution.key) {
      const { threshold } = certificate;
      this.caution = {
        key,
        threshold: cautiousThreshold(certifyingRows, { ...policy, threshold }),
      };
    }
    return this.caution.threshold;
  }

  private addEscalation(row: CapturedRow): void {
    const { slot, labels, now } = this.parts;
    const studentVersion = slot.peek()?.version;
    const test = this.present === null ? this.presentTest() : null;
    if (test === null || row.studentVersion !== studentVersion) return;
    if (!this.recentInputs.isNew(row.inputHash)) return;
    test.addSure(this.sureRows);
    this.sureRows = 0;
    const isOutOfScope = row.reason === 'out-of-scope';
    const seen = test.addEscalation({ teacherLabel: row.teacherLabel, isOutOfScope });
    if (seen !== null) this.begin({ sinceMs: now(), why: inputDriftWords(seen, labels) });
  }

  /** @returns null while nothing is certified that could be compared with. */
  private presentTest(): InputDriftTest | null {
    const { guarantee, labels } = this.parts;
    const { certificate, policy } = guarantee;
    if (policy.mode !== 'risk' || certificate.kind !== 'certified') return null;
    const key = this.keyOf(certificate.fittedAtMs);
    if (key === this.testKey) return this.test;
    this.testKey = key;
    this.recentInputs.clear();
    this.sureRows = 0;
    const reference = referenceOf(this.comparedRows(certificate.fittedAtMs), guarantee);
    this.test = reference.rows === 0 ? null : new InputDriftTest(reference, labels.length);
    return this.test;
  }

  private keyOf(fittedAtMs: number): string {
    return `${this.parts.slot.peek()?.version} ${fittedAtMs} ${this.lastDriftMs}`;
  }

  /** Of the traffic since the last drift, where there is enough, else those that certified. */
  private comparedRows(fittedAtMs: number): readonly HoldoutEvidence[] {
    const rows = this.parts.guarantee.certifyingRows;
    const recent = rows.filter(({ createdMs }) => createdMs > this.lastDriftMs);
    if (recent.length >= comparedRowsMin) return recent;
    return rows.filter(({ createdMs }) => createdMs <= fittedAtMs);
  }

  private begin(begun: NonNullable<typeof this.present>): void {
    this.present = begun;
    this.lastDriftMs = begun.sinceMs;
    this.holdoutRowsSince = 0;
    this.hasLeftBehind = false;
    this.parts.bus.emit('inputsDrifted', this.drift!);
    this.parts.onChange();
  }

  private leaveBehindWhenDue(rows: readonly CapturedRow[]): void {
    if (this.present === null || this.hasLeftBehind) return;
    const { sinceMs } = this.present;
    const { guarantee } = this.parts;
    this.holdoutRowsSince += rows.filter((row) => isNewEvidence(row, sinceMs)).length;
    if (this.holdoutRowsSince < guarantee.rowsForFit) return;
    this.hasLeftBehind = true;
    guarantee.leaveBehind(sinceMs);
  }

  private end(why: string): void {
    this.present = null;
    this.parts.bus.emit('inputsSettled', why);
    this.parts.onChange();
  }
}

const isEscalation = ({ route, reason }: CapturedRow): boolean =>
  route === 'teacher' && (reason === 'unsure' || reason === 'out-of-scope');

const isNewEvidence = ({ isHoldout, inputHash, createdMs }: CapturedRow, sinceMs: number) =>
  isHoldout && createdMs > sinceMs && holdoutUseOf(inputHash) === 'certify';

/** What the student would leave to the teacher now. Out of scope is a confidence of 0. */
function referenceOf(rows: readonly HoldoutEvidence[], guarantee: Guarantee): EscalationReference {
  const escalations = rows.flatMap(({ label, teacherLabel, confidence }) => {
    const threshold = appliedThreshold(guarantee, label);
    const isSure = threshold !== null && confidence >= threshold;
    return isSure ? [] : [{ teacherLabel, isOutOfScope: confidence === 0 }];
  });
  return { rows: rows.length, escalations };
}
