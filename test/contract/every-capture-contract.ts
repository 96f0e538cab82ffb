import type { Capture } from '../../src/capture/capture.js';
import { describeBrowse } from './browse-contract.js';
import { describeCapture } from './capture-contract.js';
import { describeClients } from './clients-contract.js';
import { describeFeedback } from './feedback-contract.js';
import { describeRowFaults } from './row-faults-contract.js';
import { describeRows } from './rows-contract.js';
import { describeTeacherChecks } from './teacher-checks-contract.js';

/** All that a capture log must do. `open` gives an empty one, with this clock if there is one. */
export function describeEveryCapture(
  name: string,
  open: (now?: () => number) => Promise<Capture>,
): void {
  describeCapture(name, open);
  for (const describeSide of [
    describeTeacherChecks,
    describeClients,
    describeFeedback,
    describeBrowse,
    describeRows,
    describeRowFaults,
  ])
    describeSide(name, () => open());
}
