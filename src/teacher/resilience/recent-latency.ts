/** Newest calls of a size that a quantile is taken of. */
const callsMax = 100;
/** With fewer, no quantile is known. */
const callsMin = 20;
/** Weight of the newest call in the mean. */
const meanGain = 0.1;

/** Calls of a size have as many rows, or up to twice as many: a call of 64 takes its time. */
export interface RecentLatency {
  /** @param isTypical  the teacher did not seem to have too much to do. */
  add(latencyMs: number, rows: number, isTypical: boolean): void;
  /** Of calls of all sizes, ms; null before the first one. */
  readonly meanMs: number | null;
  /**
   * Latency that a share of the newest calls of a size did not exceed, ms; null with fewer than 20
   * of them.
   */
  quantileMs(share: number, rows: number): number | null;
  /**
   * The shortest of the newest typical calls of a size, ms; null without one. Were others among
   * them, a teacher that has had too much for long would seem to be slow by itself.
   */
  leastMs(rows: number): number | null;
}

/** How long a teacher has taken for the calls that it answered lately. */
export function createRecentLatency(): RecentLatency {
  const bySize = new Map<number, Record<'all' | 'typical', Newest>>();
  let meanMs: number | null = null;
  return {
    add(latencyMs, rows, isTypical) {
      const size = sizeOf(rows);
      const newest = bySize.get(size) ?? { all: new Newest(), typical: new Newest() };
      bySize.set(size, newest);
      newest.all.add(latencyMs);
      // Of a size that nobody knows the first one has to do.
      if (isTypical || newest.typical.values.length === 0) newest.typical.add(latencyMs);
      meanMs = meanMs === null ? latencyMs : meanMs + meanGain * (latencyMs - meanMs);
    },
    get meanMs() {
      return meanMs;
    },
    quantileMs(share, rows) {
      const latenciesMs = bySize.get(sizeOf(rows))?.all.values;
      if (latenciesMs === undefined || latenciesMs.length < callsMin) return null;
      const sorted = Float64Array.from(latenciesMs).sort();
      return sorted[Math.ceil(share * sorted.length) - 1]!;
    },
    leastMs(rows) {
      const newest = bySize.get(sizeOf(rows));
      return newest === undefined ? null : Math.min(...newest.typical.values);
    },
  };
}

class Newest {
  readonly values: number[] = [];
  private next = 0;

  add(value: number): void {
    this.values[this.next] = value;
    this.next = (this.next + 1) % callsMax;
  }
}

const sizeOf = (rows: number): number => Math.floor(Math.log2(rows));
