import type { Capture } from '../../src/capture/capture.js';
import { MemoryCapture } from '../fakes/memory-capture.js';

/** A log as a plain object, as the real ones are: whoever wraps it spreads it. */
export function portOf(capture: MemoryCapture): Capture {
  const names = Object.getOwnPropertyNames(MemoryCapture.prototype);
  const methods = names.map((name) => [
    name,
    (...given: unknown[]): unknown => {
      const method = Reflect.get(capture, name) as (...given: unknown[]) => unknown;
      return method.apply(capture, given);
    },
  ]);
  return Object.fromEntries(methods) as Capture;
}
