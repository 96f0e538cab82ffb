import type { HoldoutEvidence } from '../../src/serving/evidence.js';
import type { World } from './worlds.js';

/** What is promised of the label `fraud`, beside the policy's riskMax. */
export interface FraudTarget {
  readonly riskMax: number;
  readonly missMax: number;
}

/**
 * Made-up traffic with two labels, of which the true risks are known. The student says `fraud` of a
 * fixed share of rows; confidences are spread over each label by itself.
 */
export interface LabelWorld {
  /** Index of the label. */
  readonly fraud: number;
  readonly labels: readonly string[];
  /** True share of the answers `fraud` from a threshold on that differ from the teacher's. */
  readonly riskFrom: (threshold: number) => number;
  /** True share of the teacher's `fraud` that is answered otherwise, from a threshold on. */
  readonly missedFrom: (threshold: number) => number;
  readonly drawRow: (index: number, draw: () => number) => HoldoutEvidence;
}

/**
 * More is missed than allowed beyond half of the answers other than `fraud`.
 *
 * @param fraudShare  of rows that the student calls `fraud`.
 * @param flagged     how risky these answers are.
 */
export function labelWorld(
  { missMax }: Pick<FraudTarget, 'missMax'>,
  { fraudShare, flagged }: { readonly fraudShare: number; readonly flagged: World },
): LabelWorld {
  // Missed at mass m of the other answers: rate m^2 / 2 of them. To be missMax at m = 1 / 2.
  const othersShare = 1 - fraudShare;
  const kept = fraudShare * (1 - flagged.riskUpTo(1));
  const rate = (missMax * kept) / (othersShare * (1 / 8 - missMax / 2));
  const others: Pick<World, 'riskAt' | 'confidenceAt'> = {
    riskAt: (mass) => rate * mass,
    confidenceAt: flagged.confidenceAt,
  };
  const teacherShare = kept + (othersShare * rate) / 2;
  return {
    fraud: 1,
    labels: ['fine', 'fraud'],
    riskFrom: (threshold) => flagged.riskUpTo(flagged.massFrom(threshold)),
    missedFrom: (threshold) =>
      (othersShare * rate * flagged.massFrom(threshold) ** 2) / 2 / teacherShare,
    drawRow(index, draw) {
      const label = Number(draw() < fraudShare);
      const { riskAt, confidenceAt } = label === 1 ? flagged : others;
      const mass = 1 - draw();
      const disagrees = draw() < riskAt(mass);
      return {
        inputHash: String(index),
        createdMs: index,
        confidence: confidenceAt(mass),
        label,
        teacherLabel: disagrees ? 1 - label : label,
        disagrees,
      };
    },
  };
}
