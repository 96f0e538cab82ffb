import type { Generator } from './generator.js';
import { percentileMs } from './latency-histogram.js';
import type { SaturateOptions } from './saturate.js';

/*
 * Three of MLPerf Inference's scenarios (Reddi et al. 2020, arXiv:1911.02549, section IV): what one
 * caller waits, how much goes through when latency does not matter, and how much when it does.
 */

type Target = Pick<SaturateOptions, 'url' | 'bodies' | 'timeoutMs'>;

export interface SingleStream {
  readonly requests: number;
  readonly msP50: number;
  readonly msP90: number;
}

/** One request after the other, from one caller. MLPerf's figure is the 90th percentile. */
export async function singleStream(
  generator: Generator,
  target: Target,
  { warmUpSeconds, seconds }: { readonly warmUpSeconds: number; readonly seconds: number },
): Promise<SingleStream> {
  const result = await generator.saturate({ ...target, connections: 1, warmUpSeconds, seconds });
  requireAllAnswered(result.failures);
  const { answered: requests, roundTripUs } = result;
  const [msP50, msP90] = [percentileMs(roundTripUs, 50), percentileMs(roundTripUs, 90)];
  return { requests, msP50, msP90 };
}

export interface Offline {
  readonly rows: number;
  readonly rowsPerSecond: number;
}

/** All rows are there at once, in batches: rows a second until the last is answered. */
export async function offline(
  generator: Generator,
  target: Target,
  options: { readonly rowsPerBody: number; readonly batches: number; readonly secondsMax: number },
): Promise<Offline> {
  const { rowsPerBody, batches, secondsMax } = options;
  const { answered, perSecond, failures } = await generator.saturate({
    ...target,
    connections: 4, // The next batches wait at the server, not here.
    warmUpSeconds: 0,
    seconds: secondsMax,
    requestsMax: batches,
  });
  requireAllAnswered(failures);
  return { rows: answered * rowsPerBody, rowsPerSecond: perSecond * rowsPerBody };
}

export interface RateTrial {
  readonly ratePerSecond: number;
  readonly msP99: number;
  /** All were answered, and the generator was on time. */
  readonly isSound: boolean;
}

export interface ServerScenario {
  /** Highest rate tried that held; 0 when not even the lowest did. */
  readonly ratePerSecond: number;
  readonly trials: readonly RateTrial[];
}

/**
 * The highest rate of Poisson arrivals at which the 99th percentile is within a bound, by bisection
 * between a rate that should hold and one that should not.
 *
 * @param attempt   measures one rate.
 * @param stepsMax  trials, the lowest rate's included; each other one halves the interval.
 */
export async function serverScenario(
  attempt: (ratePerSecond: number) => Promise<RateTrial>,
  options: {
    readonly lowPerSecond: number;
    readonly highPerSecond: number;
    readonly msP99Max: number;
    readonly stepsMax: number;
  },
): Promise<ServerScenario> {
  const trials: RateTrial[] = [];
  const holds = async (rate: number): Promise<boolean> => {
    const trial = await attempt(rate);
    trials.push(trial);
    return trial.isSound && trial.msP99 <= options.msP99Max;
  };
  let low = options.lowPerSecond;
  let high = options.highPerSecond;
  if (!(await holds(low))) return { ratePerSecond: 0, trials };
  while (trials.length < options.stepsMax) {
    const middle = (low + high) / 2;
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return { ratePerSecond: low, trials };
}

function requireAllAnswered(failures: Readonly<Record<string, number>>): void {
  const failed = Object.entries(failures).map(([why, count]) => `${count} x ${why}`);
  if (failed.length > 0) throw new Error(`Requests were not answered: ${failed.join(', ')}.`);
}
