import type { Draft } from './draft.js';
import { oldestHoldoutMs } from './rows-in-order.js';

type HeldOut = Pick<Draft, 'createdMs' | 'isHoldout'>;

/** Escalates as it is told, and knows which holdout rows callers wait for meanwhile. */
export function followEscalations<Row extends HeldOut, Context, Part>(
  escalate: (drafts: readonly Row[], context: Context) => Promise<Part>,
): {
  readonly escalate: (drafts: readonly Row[], context: Context) => Promise<Part>;
  /** Request of the oldest of them, ms since the epoch; null: there is none. */
  readonly oldestMs: () => number | null;
} {
  const present = new Set<Row>();
  return {
    async escalate(drafts, context) {
      const held = drafts.filter(({ isHoldout }) => isHoldout);
      for (const draft of held) present.add(draft);
      try {
        return await escalate(drafts, context);
      } finally {
        for (const draft of held) present.delete(draft);
      }
    },
    oldestMs: () => oldestHoldoutMs(present),
  };
}
