import type { Figure } from '../../src/files/figures-file.js';
import { alternate, ratioOf, type Rounds } from './alternate.js';
import { atLeast, atMost } from './bounded-figure.js';
import type { BenchContext, Measurement } from './measurement.js';
import { medianOf } from './numbers.js';
import { mlpCase } from './speed/mlp-case.js';
import type { SpeedCase } from './speed/speed-case.js';
import { missingTorch, openTorch, type Side } from './speed/torch-side.js';
import { transformerCase } from './speed/transformer-case.js';
import { tableOf } from './table.js';

const ratioMin = 0.9;
/** So many steps from the same start, and losses are compared: more would add up roundings. */
const sameSteps = 10;
const lossGapMax = 0.01;

/** The embedded trainer's step beside PyTorch's: same network, batches, loss and optimiser. */
export const trainerSpeed: Measurement = {
  name: 'trainer-speed',
  question: 'Does the embedded trainer train as fast as PyTorch, on one thread?',
  missing: missingTorch,
  async measure(context) {
    const figures: Figure[] = [];
    const lines: (readonly (string | number)[])[] = [];
    for (const work of [await mlpCase(), transformerCase()]) {
      const { rounds, lossGap } = await compare(context, work);
      figures.push(...figuresOf(work, { rounds, lossGap, command: context.command }));
      for (const [side, values] of Object.entries(rounds))
        lines.push([
          `${work.name}: ${titles[side as SideName]}`,
          ...[medianOf(values), Math.min(...values), Math.max(...values)],
        ]);
    }
    return {
      figures,
      report: [
        'Forward, distillation loss, backward and AdamW on one thread, in turn; the ratio is to',
        'PyTorch’s faster optimiser, inside each round.',
        '',
        tableOf(['network: trainer', 'rows/s, median', 'least', 'most'], lines),
      ].join('\n'),
    };
  },
};

const titles = {
  embedded: 'embedded',
  plain: 'PyTorch, AdamW',
  foreach: 'PyTorch, AdamW with foreach',
} as const;
type SideName = keyof typeof titles;

interface Compared {
  /** Rows a second. */
  readonly rounds: Rounds<SideName>;
  /** How far losses are from each other after the first steps, of 1. */
  readonly lossGap: number;
}

async function compare({ dir, isQuick, say }: BenchContext, work: SpeedCase): Promise<Compared> {
  const sides: Readonly<Record<SideName, Side>> = {
    embedded: await openEmbedded(work),
    plain: await openTorch(dir, work, false),
    foreach: await openTorch(dir, work, true),
  };
  try {
    const losses: number[] = [];
    for (const side of Object.values(sides)) losses.push((await side.steps(sameSteps)).loss);
    const steps = isQuick ? Math.ceil(work.steps / 5) : work.steps;
    const rowsPerSecond = (side: Side) => async (): Promise<number> =>
      (1000 * steps * work.batchRows) / (await side.steps(steps)).ms;
    const rounds = await alternate(
      {
        embedded: rowsPerSecond(sides.embedded),
        plain: rowsPerSecond(sides.plain),
        foreach: rowsPerSecond(sides.foreach),
      },
      {
        rounds: isQuick ? 2 : 9,
        onRound: (round) => say(`${work.name}, round ${round + 1}`),
      },
    );
    const [own, ...theirs] = losses;
    return { rounds, lossGap: Math.max(...theirs.map((loss) => Math.abs(own! / loss - 1))) };
  } finally {
    await Promise.all(Object.values(sides).map((side) => side.close()));
  }
}

async function openEmbedded(work: SpeedCase): Promise<Side> {
  const trainer = await work.open();
  let done = 0;
  return {
    async steps(count) {
      const startedMs = performance.now();
      let loss = NaN;
      for (let step = 0; step < count; step++) loss = await trainer.step(done++ % work.batches);
      return { ms: performance.now() - startedMs, loss };
    },
    close: () => trainer.close(),
  };
}

function figuresOf(
  { name }: SpeedCase,
  { rounds, lossGap, command }: Compared & { readonly command: string },
): Figure[] {
  const [plain, foreach] = [medianOf(rounds.plain), medianOf(rounds.foreach)];
  const ratio = ratioOf(rounds.embedded, plain > foreach ? rounds.plain : rounds.foreach);
  return [
    atLeast(ratioMin, {
      figure: `${name}: the embedded trainer's rows a second against PyTorch's`,
      ...{ value: ratio, unit: 'times', command },
    }),
    atMost(lossGapMax, {
      figure: `${name}: losses after ${sameSteps} steps from the same start differ by`,
      ...{ value: lossGap, unit: 'of 1', command },
    }),
  ];
}
