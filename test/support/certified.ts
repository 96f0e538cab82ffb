import { Guarantee } from '../../src/serving/guarantee.js';
import type { GuaranteeEvent } from '../../src/serving/guarantee-parts.js';
import { GuaranteeMemory, type Certified } from '../../src/serving/guarantee-memory.js';
import type { Policy } from '../../src/config/policy-schema.js';
import { squareTask } from './square-task.js';

/** A certificate as a fit would give it. */
export const certificate = (threshold: number): Certified => ({
  kind: 'certified',
  threshold,
  rows: 400,
  disagreements: 4,
  coverage: 0.8,
  fittedAtMs: 1,
});

/** The binding that `certifiedGuarantee` holds its certificate under. */
const certifiedBinding = 'binding-under-test';

/** A guarantee that has been certified earlier; null: one that is bound and has no certificate. */
export function certifiedGuarantee(
  threshold: number | null,
  options: {
    readonly policy: Policy;
    readonly now?: () => number;
    readonly onEvent?: (event: GuaranteeEvent) => void;
  },
): Guarantee {
  const state = {
    certified: threshold === null ? null : certificate(threshold),
    rowsSeen: 500,
    nextFitAtRows: 1_000_000,
    watch: null,
  };
  const memory = new GuaranteeMemory(null);
  memory.spend(certifiedBinding, { overall: true, labels: [] });
  memory.remember(certifiedBinding, options.policy, state);
  const guarantee = new Guarantee({
    labels: squareTask.labels,
    policy: options.policy,
    saved: { evidenceAfterMs: 0, ...memory.save() },
    now: options.now ?? (() => 0),
    save: () => {},
    onEvent: options.onEvent ?? (() => {}),
  });
  guarantee.bind(certifiedBinding, []);
  return guarantee;
}
