import { after, beforeEach } from 'node:test';
import type { Capture } from '../../src/capture/capture.js';

/** Opens a log before each test of this suite, and closes them all after it. */
export function openBeforeEach(
  open: () => Promise<Capture>,
  take: (capture: Capture) => void,
): void {
  const opened: Capture[] = [];
  beforeEach(async () => {
    const capture = await open();
    opened.push(capture);
    take(capture);
  });
  after(() => Promise.all(opened.map((one) => one.close())));
}
