/** Newest calls that a quantile is taken of. */
const callsMax = 100;
/** With fewer, no quantile is known. */
const callsMin = 20;
/** Weight of the newest call in the mean. */
const meanGain = 0.1;

export interface RecentLatency {
  add(latencyMs: number): void;
  /** ms; null before the first call. */
  readonly meanMs: number | null;
  /** Latency that a share of the newest calls did not exceed, ms; null with fewer than 20 calls. */
  quantileMs(share: number): number | null;
}

/** How long a teacher has taken for the calls that it answered lately. */
export function createRecentLatency(): RecentLatency {
  const newest: number[] = [];
  let next = 0;
  let meanMs: number | null = null;
  return {
    add(latencyMs) {
      newest[next] = latencyMs;
      next = (next + 1) % callsMax;
      meanMs = meanMs === null ? latencyMs : meanMs + meanGain * (latencyMs - meanMs);
    },
    get meanMs() {
      return meanMs;
    },
    quantileMs(share) {
      if (newest.length < callsMin) return null;
      const sorted = Float64Array.from(newest).sort();
      return sorted[Math.ceil(share * sorted.length) - 1]!;
    },
  };
}
