import type { HoldoutEvidence } from './evidence.js';

/** Newest holdout rows that a fit looks at; bounds memory and lets an old world fade. */
export const evidenceRowsMax = 20_000;

/** The evidence of the bound student: each input once, oldest first, the newest 20 000. */
export class KeptEvidence {
  private readonly byInput = new Map<string, HoldoutEvidence>();

  /** @param from  requests up to this moment prove nothing, ms since the epoch. */
  constructor(private from: number) {}

  get fromMs(): number {
    return this.from;
  }

  get size(): number {
    return this.byInput.size;
  }

  all(): HoldoutEvidence[] {
    return [...this.byInput.values()];
  }

  /** @returns false for an input that is known, or from before `fromMs`. */
  add(row: HoldoutEvidence): boolean {
    if (row.createdMs <= this.from || this.byInput.has(row.inputHash)) return false;
    this.byInput.set(row.inputHash, row);
    if (this.byInput.size > evidenceRowsMax) {
      const [oldest] = this.byInput.keys();
      this.byInput.delete(oldest!);
    }
    return true;
  }

  /** Rows of requests after that moment. */
  countSince(ms: number): number {
    let rows = 0;
    for (const { createdMs } of this.byInput.values()) if (createdMs > ms) rows++;
    return rows;
  }

  /** Forgets the rows of requests up to then, and takes none any more. */
  leaveBehind(untilMs: number): void {
    this.from = untilMs;
    for (const { inputHash, createdMs } of this.byInput.values())
      if (createdMs <= untilMs) this.byInput.delete(inputHash);
  }

  clear(): void {
    this.byInput.clear();
  }
}
