import { medianOf } from './numbers.js';

/** What each side gave, round by round. */
export type Rounds<Side extends string> = Readonly<Record<Side, readonly number[]>>;

/**
 * Measures sides in turn, A B C A B C ...: what disturbs the machine for a while disturbs all of
 * them, and a ratio taken inside one round hardly sees it.
 */
export async function alternate<Side extends string>(
  sides: Readonly<Record<Side, () => Promise<number>>>,
  { rounds, onRound = () => {} }: { rounds: number; onRound?: (round: number) => void },
): Promise<Rounds<Side>> {
  const names = Object.keys(sides) as Side[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Side,
    number[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) values[name].push(await sides[name]());
    onRound(round);
  }
  return values;
}

/** The median over the rounds of a / b. */
export function ratioOf(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new RangeError('Both sides need the same rounds.');
  return medianOf(a.map((value, round) => value / b[round]!));
}
