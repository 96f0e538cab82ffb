/*
 * Entry of the process that checks a bundle, its only argument. A model that never ends, takes all
 * memory or aborts takes nothing else with it: `check-in-child.ts` tells what it has seen of it.
 */
import { checkBundle } from './check-bundle.js';
import type { CheckMessage } from './check-in-child.js';

/** Words about runs are for a clock of minutes. */
const runWordsMs = 500;
let lastMs = -Infinity;

const say = (message: CheckMessage): void => void process.send?.(message);

const { manifest } = await checkBundle(process.argv[2] ?? '', {
  onFinding: (finding) => say({ kind: 'finding', finding }),
  onRun: () => {
    if (performance.now() - lastMs < runWordsMs) return;
    lastMs = performance.now();
    say({ kind: 'run' });
  },
});
say({ kind: 'done', manifest });
process.disconnect();
