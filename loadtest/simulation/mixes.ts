import type { World } from './worlds.js';

/**
 * What traffic is made of, over a world whose thresholds mean the same all the time: more of the
 * rows that are hard, and rows of a kind that was not there.
 */
export interface Mix {
  /** P(an ordinary row is among the surest m of the world) = m^hardness; 1: the world as it is. */
  readonly hardness: number;
  /** Share of rows of a new kind. The student is always wrong about them, and sure of some. */
  readonly newShare: number;
}

export interface MixedRow {
  /** Where the student's confidence puts it, as a share of the world's rows in (0, 1]. */
  readonly mass: number;
  readonly disagrees: boolean;
  readonly isNew: boolean;
}

export const unchanged: Mix = { hardness: 1, newShare: 0 };

/** P(a new row is among the surest m of the world) = m^3: of half of them it is far from sure. */
const newPower = 3;

export function drawMixedRow(
  { riskAt }: World,
  { hardness, newShare }: Mix,
  draw: () => number,
): MixedRow {
  const isNew = newShare > 0 && draw() < newShare;
  const mass = (1 - draw()) ** (1 / (isNew ? newPower : hardness));
  return { mass, isNew, disagrees: isNew || draw() < riskAt(mass) };
}

/** Share of such traffic that lies above a threshold, which covers `mass` of the world. */
export const coverageOf = ({ hardness, newShare }: Mix, mass: number): number =>
  (1 - newShare) * mass ** hardness + newShare * mass ** newPower;

/**
 * True risk of what is answered of it.
 *
 *     ordinary rows   int_0^m riskAt(x) p x^(p-1) dx / m^p,  p = hardness
 *
 * @param world  a usual one: riskAt(x) is proportional to x^3, so that this is 4 p / (p + 3) times
 *               the world's own risk; any world where hardness is 1.
 */
export function riskOf({ riskUpTo }: World, mix: Mix, mass: number): number {
  const { hardness, newShare } = mix;
  if (mass <= 0) return 0;
  const ordinary = ((4 * hardness) / (hardness + 3)) * riskUpTo(mass);
  const wrong = (1 - newShare) * mass ** hardness * ordinary + newShare * mass ** newPower;
  return wrong / coverageOf(mix, mass);
}
