/*
 * Entry of the process that checks a bundle, its first argument. A model that never ends, takes all
 * memory or aborts takes nothing else with it: `check-in-child.ts` tells what it has seen of it.
 */
import { trainableWords } from './distillation/trainable-words.js';
import { checkBundle } from './student/check-bundle.js';
import { trainingFlag, type CheckMessage } from './student/check-in-child.js';

/** Words about runs are for a clock of minutes. */
const runWordsMs = 500;
let lastMs = -Infinity;

const say = (message: CheckMessage): void => void process.send?.(message);

const [dir = '', ...flags] = process.argv.slice(2);
const { findings, manifest } = await checkBundle(dir, {
  onFinding: (finding) => say({ kind: 'finding', finding }),
  onRun: () => {
    if (performance.now() - lastMs < runWordsMs) return;
    lastMs = performance.now();
    say({ kind: 'run' });
  },
});
say({ kind: 'done', manifest });
const isSound = findings.every(({ kind }) => kind !== 'problem');
if (isSound && flags.includes(trainingFlag))
  say({ kind: 'finding', finding: { kind: 'note', text: await trainableWords(dir) } });
process.disconnect();
