/** Newest calls of a size that a quantile is taken of. */
const callsMax = 100;
/** With fewer, no quantile is known. */
const callsMin = 20;
/** Weight of the newest call in the mean. */
const meanGain = 0.1;

/** Calls of a size have as many rows, or up to twice as many: a call of 64 takes its time. */
export interface RecentLatency {
  add(latencyMs: number, rows: number): void;
  /** Of calls of all sizes, ms; null before the first one. */
  readonly meanMs: number | null;
  /**
   * Latency that a share of the newest calls of a size did not exceed, ms; null with fewer than 20
   * of them.
   */
  quantileMs(share: number, rows: number): number | null;
  /** The shortest of the newest calls of a size, ms; null without one. */
  leastMs(rows: number): number | null;
}

/** How long a teacher has taken for the calls that it answered lately. */
export function createRecentLatency(): RecentLatency {
  const bySize = new Map<number, Newest>();
  let meanMs: number | null = null;
  return {
    add(latencyMs, rows) {
      const size = sizeOf(rows);
      const newest = bySize.get(size) ?? new Newest();
      bySize.set(size, newest);
      newest.add(latencyMs);
      meanMs = meanMs === null ? latencyMs : meanMs + meanGain * (latencyMs - meanMs);
    },
    get meanMs() {
      return meanMs;
    },
    quantileMs(share, rows) {
      const { latenciesMs } = bySize.get(sizeOf(rows)) ?? none;
      if (latenciesMs.length < callsMin) return null;
      const sorted = Float64Array.from(latenciesMs).sort();
      return sorted[Math.ceil(share * sorted.length) - 1]!;
    },
    leastMs(rows) {
      const newest = bySize.get(sizeOf(rows));
      return newest === undefined ? null : Math.min(...newest.latenciesMs);
    },
  };
}

class Newest {
  readonly latenciesMs: number[] = [];
  private next = 0;

  add(latencyMs: number): void {
    this.latenciesMs[this.next] = latencyMs;
    this.next = (this.next + 1) % callsMax;
  }
}

const none = new Newest();

const sizeOf = (rows: number): number => Math.floor(Math.log2(rows));
