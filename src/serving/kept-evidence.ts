import type { HoldoutEvidence } from './evidence.js';

/** Newest holdout rows that a fit looks at; bounds memory and lets an old world fade. */
export const evidenceRowsMax = 20_000;

/** The evidence of the bound student: each input once, oldest first, the newest 20 000. */
export class KeptEvidence {
  private readonly byInput = new Map<string, HoldoutEvidence>();

  get size(): number {
    return this.byInput.size;
  }

  all(): HoldoutEvidence[] {
    return [...this.byInput.values()];
  }

  /** @returns false for an input that is known. */
  add(row: HoldoutEvidence): boolean {
    if (this.byInput.has(row.inputHash)) return false;
    this.byInput.set(row.inputHash, row);
    if (this.byInput.size > evidenceRowsMax) {
      const [oldest] = this.byInput.keys();
      this.byInput.delete(oldest!);
    }
    return true;
  }

  /** Forgets the rows of requests up to then. */
  leaveBehind(untilMs: number): void {
    for (const { inputHash, createdMs } of this.byInput.values())
      if (createdMs <= untilMs) this.byInput.delete(inputHash);
  }

  clear(): void {
    this.byInput.clear();
  }
}
