import type { Capture } from '../capture/capture.js';

/**
 * Gives a log that has `forget` called once rows of it are erased, or may be: what was read before
 * is then to be given up.
 */
export function forgetOnErase(capture: Capture, forget: () => void): Capture {
  async function erasing<T>(erases: Promise<T>, isNothing: (erased: T) => boolean): Promise<T> {
    let isSame = false;
    try {
      const erased = await erases;
      isSame = isNothing(erased);
      return erased;
    } finally {
      if (!isSame) forget(); // Also where the word of a commit got lost.
    }
  }
  return {
    ...capture,
    // Another gateway may have erased the rows, and what was read here was read before.
    eraseSubject: (...call) => erasing(capture.eraseSubject(...call), () => false),
    eraseIds: (...call) => erasing(capture.eraseIds(...call), () => false),
    eraseBefore: (...call) => erasing(capture.eraseBefore(...call), (rows) => rows === 0),
  };
}
