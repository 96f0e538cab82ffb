import type { Input } from '../task/task.js';
import type { PromiseView } from './promise-view.js';
import type { RecentAnswer } from './recent-answers.js';

/** What answers requests: a student version and the promise that speaks of it. */
export interface ServedView {
  readonly version: string | null;
  readonly promise: PromiseView;
}

/** A version to load, and real inputs to check it and warm it up with. */
export interface StudentSource {
  readonly version: string;
  readonly bundleDir: string;
  readonly goldenInputs: readonly Input[];
  readonly recentInputs: readonly Input[];
}

/** A version that is loaded elsewhere and waits. */
export interface PreparedElsewhere {
  /** Puts it in front, under this view; at once. Resolves when all have heard, or are too busy. */
  commit(served: ServedView): Promise<void>;
  /** Gives it up. */
  abandon(): void;
}

/** Other processes that answer requests of the same task, and follow what is changed here. */
export interface Followers {
  /** There are some, and this process answers no predictions itself. */
  readonly haveTraffic: boolean;
  /** Loads and checks a version everywhere. Rejects when it can not be loaded somewhere. */
  prepare(source: StudentSource): Promise<PreparedElsewhere>;
  /** Tells what is in force now. */
  show(served: ServedView): void;
  /** Resolves when all have heard what was shown, or are too busy to hear it soon. */
  shown(): Promise<void>;
  /** Asks who has given an answer lately; null when none of them knows it. */
  recall(id: string): Promise<RecentAnswer | null>;
  /** Has all forget what they remember of a subject. */
  forget(subject: string): Promise<void>;
}

/** What answers requests here. */
export function servedView(
  slot: { peek(): { readonly version: string } | null },
  { threshold, labelThresholds, holdoutRate, keptOutShare, policy }: PromiseView,
): ServedView {
  const promise = { threshold, labelThresholds, holdoutRate, keptOutShare, policy };
  return { version: slot.peek()?.version ?? null, promise };
}

/** Of a gateway with one process. */
export const noFollowers: Followers = {
  haveTraffic: false,
  prepare: async () => ({ async commit() {}, abandon() {} }),
  show() {},
  async shown() {},
  recall: async () => null,
  async forget() {},
};
