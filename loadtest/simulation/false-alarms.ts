import { createSeededDraw } from '../../src/distillation/seeded-draw.js';
import {
  createEDetector,
  isDetectorAlarmed,
  updateEDetector,
} from '../../src/routing/e-detector.js';
import { createEProcess, isProcessAlarmed, updateEProcess } from '../../src/routing/e-process.js';
import { atLeast } from '../bench/bounded-figure.js';
import { percentileOf } from '../bench/numbers.js';
import { tableOf } from '../bench/table.js';
import { shareFigure, upperLimit } from './shares.js';
import {
  describeTarget,
  type Simulated,
  type SimulationOptions,
  type Target,
} from './simulated.js';

/** The e-process looks at rows whose risk is exactly riskMax: the worst that is still allowed. */
export function simulateFalseAlarms(options: SimulationOptions): Simulated {
  const { streams, isQuick, command } = options;
  const targets: readonly Target[] = isQuick
    ? [{ riskMax: 0.05, delta: 0.1 }]
    : [
        { riskMax: 0.05, delta: 0.1 },
        { riskMax: 0.02, delta: 0.1 },
        { riskMax: 0.05, delta: 0.02 },
      ];
  const rowsOf = ({ riskMax }: Target): number => Math.round(200 / riskMax);
  const alarms = targets.map(
    (target) => alarmRows(target, { streams, rows: rowsOf(target) }).length,
  );
  return {
    title: 'False alarms of the e-process',
    figures: targets.map((target, index) =>
      shareFigure(
        { successes: alarms[index]!, trials: streams },
        {
          what: `streams with a false alarm of the e-process, ${describeTarget(target)}`,
          ...{ bound: target.delta, isQuick, command },
        },
      ),
    ),
    report: [
      `${streams} streams a line, read after every row, at a risk of exactly riskMax.`,
      '',
      tableOf(
        ['target', 'served holdout rows', 'ever alarmed', 'upper limit'],
        targets.map((target, index) => [
          describeTarget(target),
          rowsOf(target),
          alarms[index]! / streams,
          upperLimit({ successes: alarms[index]!, trials: streams }),
        ]),
      ),
    ].join('\n'),
  };
}

/** The row of the first alarm, of each stream that had one. */
function alarmRows(
  { riskMax, delta }: Target,
  { streams, rows }: { readonly streams: number; readonly rows: number },
): readonly number[] {
  const alarmedAt: number[] = [];
  for (let seed = 1; seed <= streams; seed++) {
    const draw = createSeededDraw(seed);
    let process = createEProcess({ riskMax });
    for (let row = 1; row <= rows; row++) {
      process = updateEProcess(process, draw() < riskMax);
      if (!isProcessAlarmed(process, delta)) continue;
      alarmedAt.push(row);
      break;
    }
  }
  return alarmedAt;
}

/** Runs are cut off after so many times 1 / alpha: their mean can then only look too short. */
const cutOffTimes = 5;

interface Detector {
  readonly riskMax: number;
  readonly alpha: number;
}

/** The e-detector until it rings, at a risk of exactly riskMax. */
export function simulateRunLength(options: SimulationOptions): Simulated {
  const { streams, isQuick, command } = options;
  const detectors: readonly Detector[] = isQuick
    ? [{ riskMax: 0.05, alpha: 1 / 100 }]
    : [
        { riskMax: 0.05, alpha: 1 / 200 },
        { riskMax: 0.05, alpha: 1 / 2000 },
        { riskMax: 0.01, alpha: 1 / 2000 },
      ];
  const measured = detectors.map((detector) => ({
    ...detector,
    ...summaryOf(runLengths(detector, streams), cutOffTimes / detector.alpha),
  }));
  return {
    title: 'Run length of the e-detector to a false alarm',
    figures: measured.map(({ riskMax, alpha, lowerLimit }) =>
      atLeast(1 / alpha, {
        figure:
          `mean rows to a false alarm of the e-detector, alpha 1 / ${1 / alpha}, ` +
          `riskMax ${100 * riskMax} %, lower 95 % limit`,
        value: lowerLimit,
        unit: 'served holdout rows',
        command,
      }),
    ),
    report: [
      `${streams} runs a line at a risk of exactly riskMax, each cut off at ${cutOffTimes} / alpha`,
      'rows. The mean of the cut runs is at most the true mean, so its lower limit (Hoeffding,',
      'which asks nothing of the distribution) is one of the true mean too.',
      '',
      tableOf(
        ['riskMax', '1 / alpha', 'mean of cut runs', 'lower limit', 'median', 'cut off'],
        measured.map(({ riskMax, alpha, mean, lowerLimit, median, cutShare }) => [
          riskMax,
          1 / alpha,
          mean,
          lowerLimit,
          median,
          cutShare,
        ]),
      ),
    ].join('\n'),
  };
}

function runLengths({ riskMax, alpha }: Detector, streams: number): readonly number[] {
  const rowsMax = cutOffTimes / alpha;
  return Array.from({ length: streams }, (_, index) => {
    const draw = createSeededDraw(index + 1);
    let detector = createEDetector({ riskMax, alpha });
    for (let row = 1; row < rowsMax; row++) {
      detector = updateEDetector(detector, draw() < riskMax);
      if (isDetectorAlarmed(detector)) return row;
    }
    return rowsMax;
  });
}

function summaryOf(lengths: readonly number[], rowsMax: number) {
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return {
    mean,
    // Hoeffding 1963: P(mean - truth >= t) <= exp(-2 n t^2 / range^2).
    lowerLimit: mean - rowsMax * Math.sqrt(Math.log(20) / (2 * lengths.length)),
    median: percentileOf(lengths, 50),
    cutShare: lengths.filter((length) => length === rowsMax).length / lengths.length,
  };
}
