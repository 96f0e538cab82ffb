import type { Policy } from '../config/policy-schema.js';
import { percentSet } from '../task/percent.js';

/** One target for one label. */
export interface LabelTarget {
  /** Index of the label. */
  readonly label: number;
  readonly name: string;
  /**
   * `riskMax`: of the answers with that label. `missMax`: of the rows that the teacher labels so.
   */
  readonly kind: 'riskMax' | 'missMax';
  readonly max: number;
  readonly delta: number;
}

/**
 * Lists the targets that a policy sets for single labels. A label with two targets has half of its
 * delta for each: both hold together with its certainty.
 */
export function labelTargetsOf(
  { labels }: Pick<Policy, 'labels'>,
  names: readonly string[],
): readonly LabelTarget[] {
  return Object.entries(labels).flatMap(([name, target]) => {
    const kinds = (['riskMax', 'missMax'] as const).filter((kind) => target[kind] !== undefined);
    return kinds.map((kind) => ({
      label: names.indexOf(name),
      name,
      kind,
      max: target[kind]!,
      delta: target.delta / kinds.length,
    }));
  });
}

/** Tells targets of a policy apart, and stays when their shares change. */
export const keyOfTarget = ({ name, kind }: Pick<LabelTarget, 'name' | 'kind'>): string =>
  `${kind} ${name}`;

/** How the promise for all answers is broken, as a sentence without its end. */
export const brokenPromise = ({ riskMax }: Pick<Policy, 'riskMax'>): string =>
  `Student answers differ from the teacher's more often than ${percentSet(riskMax)}`;

/** How a target is broken, as a sentence without its end. */
export function brokenWords({ name, kind, max }: LabelTarget): string {
  const share = percentSet(max);
  if (kind === 'riskMax')
    return `Student answers of ${name} differ from the teacher's more often than ${share}`;
  return `Of what the teacher labels ${name}, the student answers more than ${share} otherwise`;
}
