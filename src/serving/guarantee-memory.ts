import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../config/policy-schema.js';
import type {
  CertificateJson,
  DriftAlarmJson,
  InputDriftJson,
  LabelCertificateJson,
} from '../http/api-types.js';
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
  /** Fits so far by binding, the one in use last. */
  readonly attempts: Readonly<Record<string, number>>;
}

/** Bindings, and states, that are remembered. */
const rememberedMax = 50;

/**
 * Remembers what is known of each student, and how often its rows have been looked at. Attempts are
 * counted whatever the target was: another one is another look at the same rows, and forgetting
 * that would spend the same delta twice.
 */
export class GuaranteeMemory {
  private readonly states: Map<string, GuaranteeState>;
  private readonly attempts: Map<string, number>;

  constructor(saved: Pick<SavedGuarantee, 'states' | 'attempts'> | null) {
    this.states = new Map(Object.entries(saved?.states ?? {}));
    this.attempts = new Map(Object.entries(saved?.attempts ?? {}));
  }

  stateOf(binding: string, target: Target): GuaranteeState | null {
    return this.states.get(keyOf(binding, target)) ?? null;
  }

  attemptsOf(binding: string): number {
    return this.attempts.get(binding) ?? 0;
  }

  remember(binding: string, target: Target, state: GuaranteeState): void {
    putLast(this.states, keyOf(binding, target), state);
    putLast(this.attempts, binding, this.attemptsOf(binding));
  }

  /** @returns the number of the attempt that begins, from 1. */
  startAttempt(binding: string): number {
    const attempt = this.attemptsOf(binding) + 1;
    putLast(this.attempts, binding, attempt);
    return attempt;
  }

  /** Forgets every certificate; what was spent stays spent. */
  forgetCertificates(): void {
    this.states.clear();
  }

  save(): Pick<SavedGuarantee, 'states' | 'attempts'> {
    return {
      states: Object.fromEntries(this.states),
      attempts: Object.fromEntries(this.attempts),
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
