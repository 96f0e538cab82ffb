import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../config/policy-schema.js';
import type {
  CertificateJson,
  DriftAlarmJson,
  InputDriftJson,
  LabelCertificateJson,
} from '../http/api-types.js';
import type { Attempts } from './attempt-rows.js';
import { keyOfTarget, type LabelTarget } from './label-targets.js';
import type { SavedLabelWatches } from './label-watches.js';
import type { SavedWatch } from './risk-watch.js';

export type Certified = Omit<Extract<CertificateJson, { kind: 'certified' }>, 'labels'>;

/** What must hold: at most `riskMax` of the student's answers differ, with certainty 1 - delta. */
export interface Target {
  readonly riskMax: number;
  readonly delta: number;
  /** The same of single labels; absent where nothing is promised of any. */
  readonly labels?: Policy['labels'];
}

export const isSameTarget = (one: Target, other: Target): boolean =>
  one.riskMax === other.riskMax &&
  one.delta === other.delta &&
  isDeepStrictEqual(one.labels, other.labels);

/** What is known under one binding and target. */
export interface GuaranteeState {
  readonly certified: Certified | null;
  /** Pieces of evidence since the last alarm, those that have faded included. */
  readonly rowsSeen: number;
  readonly nextFitAtRows: number;
  readonly watch: SavedWatch | null;
  /** Until when its watch has seen what came, ms since the epoch; absent: nobody knows. */
  readonly watchedUntilMs?: number;
  /** Of single labels; absent before there were any. */
  readonly labels?: readonly LabelCertificateJson[];
  /** By `keyOfTarget`: rows of that label at its last test. */
  readonly labelRowsTested?: Readonly<Record<string, number>>;
  readonly labelWatches?: SavedLabelWatches;
}

/** A drift of the inputs that is on. */
export interface SavedInputDrift extends Pick<InputDriftJson, 'sinceMs' | 'why'> {
  /** Rows before it prove nothing any more: there are enough since. */
  readonly isLeftBehind: boolean;
}

/** What must survive a restart. */
export interface SavedGuarantee {
  /** Requests up to this moment came before an alarm: they prove nothing any more. */
  readonly evidenceAfterMs: number;
  /** The one that is on; absent in files from before there was such a field. */
  readonly alarm?: DriftAlarmJson | null;
  /** The same. */
  readonly inputDrift?: SavedInputDrift | null;
  /** By binding and target, the one in use last. */
  readonly states: Readonly<Record<string, GuaranteeState>>;
  /** Tests so far of the policy's own risk, by binding, the one in use last. */
  readonly attempts: Readonly<Record<string, number>>;
  /** Of single labels, by binding and `keyOfTarget`; absent in files from before they counted. */
  readonly labelAttempts?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** In files from before, each attempt was one at every label, too. */
const anyLabel = '*';

/** For what a fit has looked at the outcomes of its rows. */
export interface Tested {
  readonly overall: boolean;
  readonly labels: readonly LabelTarget[];
}

/** Bindings, and states, that are remembered. */
const rememberedMax = 50;

/**
 * Remembers what is known of each student, and how often its rows have been tested: for the
 * policy's own risk, and for each label by itself. Attempts are counted whatever the target was:
 * another one is another look at the same rows, and forgetting that would spend the same delta
 * twice.
 */
export class GuaranteeMemory {
  private readonly states: Map<string, GuaranteeState>;
  private readonly attempts: Map<string, number>;
  private readonly labelAttempts: Map<string, Readonly<Record<string, number>>>;

  constructor(saved: Pick<SavedGuarantee, 'states' | 'attempts' | 'labelAttempts'> | null) {
    this.states = new Map(Object.entries(saved?.states ?? {}));
    this.attempts = new Map(Object.entries(saved?.attempts ?? {}));
    const before = [...this.attempts].map(([binding, count]) => [binding, { [anyLabel]: count }]);
    const ofLabels = saved?.labelAttempts ?? (Object.fromEntries(before) as never);
    this.labelAttempts = new Map(Object.entries(ofLabels));
  }

  stateOf(binding: string, target: Target): GuaranteeState | null {
    return this.states.get(keyOf(binding, target)) ?? null;
  }

  attemptsOf(binding: string): number {
    return this.attempts.get(binding) ?? 0;
  }

  /** Numbers of the attempts that come next, from 1. */
  nextAttempts(binding: string): Attempts {
    const ofLabels = this.labelAttempts.get(binding) ?? {};
    return {
      overall: this.attemptsOf(binding) + 1,
      ofLabel: (target) => (ofLabels[keyOfTarget(target)] ?? ofLabels[anyLabel] ?? 0) + 1,
    };
  }

  remember(binding: string, target: Target, state: GuaranteeState): void {
    putLast(this.states, keyOf(binding, target), state);
    putLast(this.attempts, binding, this.attemptsOf(binding));
  }

  /** Counts what was tested. */
  spend(binding: string, tested: Tested): void {
    const next = this.nextAttempts(binding);
    if (tested.overall) putLast(this.attempts, binding, next.overall);
    if (tested.labels.length === 0) return;
    const now = tested.labels.map((target): [string, number] => [
      keyOfTarget(target),
      next.ofLabel(target),
    ]);
    const ofLabels = { ...this.labelAttempts.get(binding), ...Object.fromEntries(now) };
    putLast(this.labelAttempts, binding, ofLabels);
  }

  /** Forgets every certificate; what was spent stays spent. */
  forgetCertificates(): void {
    this.states.clear();
  }

  save(): Pick<SavedGuarantee, 'states' | 'attempts' | 'labelAttempts'> {
    return {
      states: Object.fromEntries(this.states),
      attempts: Object.fromEntries(this.attempts),
      labelAttempts: Object.fromEntries(this.labelAttempts),
    };
  }
}

function keyOf(binding: string, { riskMax, delta, labels = {} }: Target): string {
  const own = Object.keys(labels).length === 0 ? '' : `, ${JSON.stringify(labels)}`;
  return `${binding} for risk ${riskMax}, delta ${delta}${own}`;
}

function putLast<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= rememberedMax) return;
  const [oldest] = map.keys();
  map.delete(oldest!);
}
