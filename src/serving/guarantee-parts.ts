import type { Policy } from '../config/policy-schema.js';
import type { Certified, SavedGuarantee } from './guarantee-memory.js';

/** The student's answers raised an alarm, or the teacher answers otherwise than before. */
export type LossCause = 'answers' | 'teacher';

export type GuaranteeEvent =
  | { readonly kind: 'certificate-won'; readonly certificate: Certified }
  | { readonly kind: 'certificate-lost'; readonly why: string; readonly cause: LossCause }
  | { readonly kind: 'inputs-drifted'; readonly why: string }
  | { readonly kind: 'inputs-settled'; readonly why: string };

export interface GuaranteeParts {
  readonly policy: Policy;
  /** Names of the task's labels. */
  readonly labels: readonly string[];
  readonly saved: SavedGuarantee | null;
  readonly now: () => number;
  readonly save: (saved: SavedGuarantee) => void;
  readonly onEvent: (event: GuaranteeEvent) => void;
  /** Called when threshold, rate or policy may have changed. */
  readonly onChange?: () => void;
}
