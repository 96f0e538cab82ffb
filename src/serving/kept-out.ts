/**
 * The inputs that no student was ever trained on, as the share of the draw below which they lie.
 * Evidence comes from them alone, so no holdout rate reaches further; and it only ever falls.
 */
export interface KeptOut {
  /** In (0, 1]. */
  readonly share: number;
  /**
   * Lets inputs from `share` on be learnt from, for good; a share that is not lower changes
   * nothing. Holds when it resolves: it is on disk first.
   */
  lower(share: number): Promise<void>;
}

/** Of a task whose inputs are kept out as they were at the start. */
export const alwaysKeptOut = (share: number): KeptOut => ({ share, async lower() {} });
