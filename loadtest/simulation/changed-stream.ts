import type { GuaranteeEvent } from '../../src/serving/guarantee-parts.js';
import { coverageOf, riskOf, unchanged, type Mix } from './mixes.js';
import type { Target } from './simulated.js';
import { Traffic } from './traffic.js';
import type { World } from './worlds.js';

/** How one stream fared after its inputs had begun to change. Rows are of traffic, since then. */
export interface Passed {
  /** What saw it first: the watch of the inputs, or the tests of the answers; null: neither. */
  readonly alarm: 'inputs' | 'answers' | null;
  /** All rows where none did. */
  readonly rowsToAlarm: number;
  /** Expected wrong answers beyond riskMax, until the alarm and until the end. */
  readonly excessToAlarm: number;
  readonly excess: number;
  readonly riskAtFirst: number;
  /** After the alarm: rows at a true risk above riskMax, and the highest there was. */
  readonly rowsAbove: number;
  readonly riskAfterMax: number;
  /** The first threshold that was certified after the alarm; null: none was. */
  readonly rowsToCertified: number | null;
  /** At its certificate, the true risk of a threshold certified after the alarm was too high. */
  readonly isPromisedTooMuch: boolean;
  readonly coverageBefore: number;
  readonly coverageAtEnd: number;
}

export interface ChangeOptions {
  readonly world: World;
  readonly target: Target;
  readonly mixAt: (rows: number) => Mix;
  readonly areInputsWatched: boolean;
  readonly calmRows: number;
  readonly changedRows: number;
  readonly draw: () => number;
}

/** A threshold holds to a world's risk but for rounding. */
const rounding = 1 + 1e-9;
/** Rows by which a usual student is certified in all but a few streams. */
const coldRowsMax = 20_000;

/** @returns null where the change met no certified threshold, or an alarm that was on already. */
export function passChange(options: ChangeOptions): Passed | null {
  const { world, target, mixAt, calmRows, changedRows, areInputsWatched, draw } = options;
  const events: GuaranteeEvent[] = [];
  const traffic = new Traffic({
    ...{ world, target, draw, areInputsWatched },
    onEvent: (event) => void events.push(event),
  });
  for (let row = 0; row < coldRowsMax && traffic.guarantee.certified === null; row++)
    traffic.pass(unchanged);
  for (let row = 0; row < calmRows; row++) traffic.pass(unchanged);
  if (traffic.guarantee.certified === null || events.some(isAlarm)) return null;

  const coverageBefore = coverageOf(unchanged, traffic.servedMass);
  const riskAtFirst = riskOf(world, mixAt(0), traffic.servedMass);
  const seen = new Aftermath(options);
  for (let row = 1; row <= changedRows; row++) {
    events.length = 0;
    seen.takeIn(row, traffic.servedMass);
    traffic.pass(mixAt(row));
    seen.hear(row, events);
  }
  const coverageAtEnd = coverageOf(mixAt(changedRows), traffic.servedMass);
  return { ...seen.told(), riskAtFirst, coverageBefore, coverageAtEnd };
}

const isAlarm = ({ kind }: GuaranteeEvent): boolean =>
  kind === 'inputs-drifted' || kind === 'certificate-lost';

type Told = Omit<Passed, 'riskAtFirst' | 'coverageBefore' | 'coverageAtEnd'>;

class Aftermath {
  private alarm: Passed['alarm'] = null;
  private rowsToAlarm: number;
  private excess = 0;
  private excessToAlarm = 0;
  private rowsAbove = 0;
  private riskAfterMax = 0;
  private rowsToCertified: number | null = null;
  private isPromisedTooMuch = false;

  constructor(private readonly options: ChangeOptions) {
    this.rowsToAlarm = options.changedRows;
  }

  /** @param mass  share of the world above the threshold that this row meets. */
  takeIn(row: number, mass: number): void {
    const { world, target, mixAt } = this.options;
    if (mass === 0) return;
    const mix = mixAt(row);
    const risk = riskOf(world, mix, mass);
    this.excess += coverageOf(mix, mass) * Math.max(0, risk - target.riskMax);
    if (this.alarm === null) return;
    this.rowsAbove += Number(risk > target.riskMax * rounding);
    this.riskAfterMax = Math.max(this.riskAfterMax, risk);
  }

  hear(row: number, events: readonly GuaranteeEvent[]): void {
    const { world, target, mixAt } = this.options;
    for (const event of events) {
      if (isAlarm(event) && this.alarm === null) {
        this.alarm = event.kind === 'inputs-drifted' ? 'inputs' : 'answers';
        this.rowsToAlarm = row;
        this.excessToAlarm = this.excess;
      }
      if (event.kind !== 'certificate-won' || this.alarm === null) continue;
      this.rowsToCertified ??= row;
      const mass = world.massFrom(event.certificate.threshold);
      this.isPromisedTooMuch ||= riskOf(world, mixAt(row), mass) > target.riskMax * rounding;
    }
  }

  told(): Told {
    const { alarm, rowsToAlarm, excess, rowsAbove, riskAfterMax } = this;
    const { rowsToCertified, isPromisedTooMuch } = this;
    const excessToAlarm = alarm === null ? excess : this.excessToAlarm;
    return {
      ...{ alarm, rowsToAlarm, excess, excessToAlarm, rowsAbove, riskAfterMax },
      ...{ rowsToCertified, isPromisedTooMuch },
    };
  }
}
