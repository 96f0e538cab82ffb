import type { HoldoutEvidence } from '../../src/serving/evidence.js';

/**
 * Makes pieces of evidence, each of an input of its own, one ms after the other.
 *
 * @param prefix  sets the inputs apart from those of another maker.
 */
export function createEvidence(prefix: string, startMs = 1) {
  let made = 0;
  return (changes: Partial<HoldoutEvidence> = {}): HoldoutEvidence => {
    const count = made++;
    return {
      inputHash: `${prefix}-${count}`,
      createdMs: startMs + count,
      // Spread over [0.5, 1), never twice the same.
      confidence: 0.5 + ((count * 0.618_033_988_749_895) % 1) / 2,
      label: 0,
      teacherLabel: changes.disagrees === true ? 1 : 0,
      disagrees: false,
      ...changes,
    };
  };
}

export const many = (count: number, make: () => HoldoutEvidence): readonly HoldoutEvidence[] =>
  Array.from({ length: count }, () => make());
