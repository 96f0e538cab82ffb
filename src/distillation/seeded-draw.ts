/** Uniform draws in [0, 1) that repeat exactly for the same seed, on every machine. */
export type Draw = () => number;

/**
 * Creates a small seeded generator (mulberry32, by Tommy Ettinger: 32 bits of state, passes
 * gjrand). Good enough to shuffle and to start weights; not for secrets.
 *
 * @param seed  any integer; its low 32 bits count.
 */
export function createSeededDraw(seed: number): Draw {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Turns uniform draws into standard normal ones (Box & Muller 1958). */
export function createNormalDraw(draw: Draw): Draw {
  return () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** Shuffles in place (Fisher-Yates) and returns the same array. */
export function shuffle<T>(items: T[], draw: Draw): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = Math.floor(draw() * (last + 1));
    [items[last], items[chosen]] = [items[chosen]!, items[last]!];
  }
  return items;
}
