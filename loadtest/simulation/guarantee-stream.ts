import { policySchema } from '../../src/config/policy-schema.js';
import type { HoldoutEvidence } from '../../src/serving/evidence.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import type { Target } from './simulated.js';
import type { World } from './worlds.js';

/** A student's life under the real `Guarantee`, fed with the holdout rows of a made-up world. */
export interface GuaranteeStream {
  readonly guarantee: Guarantee;
  /** A certificate was won whose true risk is above riskMax. */
  hasViolated: boolean;
  alarms: number;
  /** Rows drawn so far: names for the next ones. */
  drawn: number;
}

export function openStream(world: World, target: Target): GuaranteeStream {
  const stream: GuaranteeStream = {
    hasViolated: false,
    alarms: 0,
    drawn: 0,
    guarantee: new Guarantee({
      policy: policySchema.parse(target),
      labels: [],
      saved: null,
      now: () => stream.drawn, // Rows after an alarm are later than the alarm.
      save: () => {},
      onEvent: (event) => {
        if (event.kind === 'certificate-lost') stream.alarms++;
        if (event.kind === 'certificate-won')
          stream.hasViolated ||= isRiskAbove(world, event.certificate.threshold, target.riskMax);
      },
    }),
  };
  return stream;
}

/** Rounding aside: a threshold is the confidence of a row, which knows its mass to some 1e-10. */
export const isRiskAbove = (
  { riskUpTo, massFrom }: World,
  threshold: number,
  riskMax: number,
): boolean => riskUpTo(massFrom(threshold)) > riskMax * (1 + 1e-9);

/** Draws the next holdout row. @param riskFactor  1 as the world is; others shift it. */
export function drawRow(
  stream: GuaranteeStream,
  { riskAt, confidenceAt }: World,
  { draw, riskFactor = 1 }: { readonly draw: () => number; readonly riskFactor?: number },
): HoldoutEvidence {
  const mass = 1 - draw();
  const index = ++stream.drawn;
  const disagrees = draw() < riskAt(mass) * riskFactor;
  return {
    inputHash: String(index),
    createdMs: index,
    confidence: confidenceAt(mass),
    label: 0,
    teacherLabel: Number(disagrees),
    disagrees,
  };
}

/** Brings a row before the guarantee as serving does; the student answers where it may. */
export function observeRow({ guarantee }: GuaranteeStream, row: HoldoutEvidence): boolean {
  const { threshold } = guarantee;
  const isServed = threshold !== null && row.confidence >= threshold;
  guarantee.observe(row, { isServed, certifies: true });
  return isServed;
}
