import { setTimeout as sleep } from 'node:timers/promises';
import { createTurns } from '../files/in-turn.js';
import type {
  Followers,
  PreparedElsewhere,
  ServedView,
  StudentSource,
} from '../serving/followers.js';
import type { WorkerSupport } from '../serving/worker-support.js';
import { inTime } from './in-time.js';
import { createNewestOnly, type NewestOnly } from './newest-only.js';
import type { WorkerHandle } from './worker-handle.js';

/** The workers that follow one task. */
export interface TaskFollowers extends Followers {
  /** Brings a worker to what serves now; from then on it is told of every change. */
  join(handle: WorkerHandle, support: Pick<WorkerSupport, 'served' | 'sourceOf'>): Promise<void>;
}

/** Whoever changes something waits so long, ms, for a worker to say that it has heard. */
const heardMsMax = 1000;

/**
 * A change holds its turn from the loading of a version to its commit, and so does a worker that
 * catches up: it can neither miss a version nor load two at once.
 */
export function createTaskFollowers(task: string): TaskFollowers {
  const { inTurn } = createTurns();
  const following = new Map<WorkerHandle, NewestOnly>();
  let newest: ServedView | null = null;

  async function commitTo(handle: WorkerHandle, served: ServedView): Promise<void> {
    try {
      await inTime(handle, handle.channel.call('commit', { task, served }));
    } catch (error) {
      handle.kill(); // Its successor comes with the new version.
      throw error;
    }
  }
  function follow(handle: WorkerHandle): void {
    const show = (): Promise<void> => handle.channel.call('show', { task, served: newest! });
    following.set(handle, createNewestOnly(show));
    void handle.ended.then(() => following.delete(handle));
  }
  /** @returns what ends the turn. */
  function preparedIn(handles: readonly WorkerHandle[], endTurn: () => void): PreparedElsewhere {
    return {
      async commit(served) {
        newest = served;
        const heard = handles.map((handle) => commitTo(handle, served));
        endTurn();
        await atMost(heard);
      },
      abandon() {
        for (const { channel } of handles) channel.tell('abandon', { task });
        endTurn();
      },
    };
  }

  return {
    haveTraffic: true,
    prepare: (source) =>
      new Promise((resolve, reject) => {
        const change = async (): Promise<void> => {
          const handles = [...following.keys()];
          await prepareAll(handles, { task, source });
          await new Promise<void>((endTurn) => resolve(preparedIn(handles, endTurn)));
        };
        inTurn(change).catch(reject);
      }),
    show(served) {
      if (newest !== null && isSame(newest, served)) return;
      newest = served;
      for (const shown of following.values()) shown.send();
    },
    shown: () => atMost([...following.values()].map((shown) => shown.idle())),
    ...recallOf(task, () => [...following.keys()]),
    join: (handle, support) =>
      inTurn(async () => {
        const { version } = support.served();
        if (version !== null) {
          const source = await support.sourceOf(version);
          await inTime(handle, handle.channel.call('prepare', { task, source }));
        }
        follow(handle); // What is shown from here on comes after this commit.
        await commitTo(handle, support.served());
      }),
  };
}

/** What workers remember; who dies meanwhile has forgotten all. */
function recallOf(
  task: string,
  handles: () => readonly WorkerHandle[],
): Pick<Followers, 'recall' | 'forget'> {
  async function fromAll<T>(call: (handle: WorkerHandle) => Promise<T>): Promise<readonly T[]> {
    const asked = handles().map((handle) => inTime(handle, call(handle)));
    const outcomes = await Promise.allSettled(asked);
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  }
  return {
    async recall(id) {
      const answers = await fromAll(({ channel }) => channel.call('recall', { task, id }));
      return answers.find((answer) => answer !== null) ?? null;
    },
    async forget(subject) {
      await fromAll(({ channel }) => channel.call('forget', { task, subject }));
    },
  };
}

async function atMost(answers: readonly Promise<unknown>[]): Promise<void> {
  await Promise.race([Promise.allSettled(answers), sleep(heardMsMax, null, { ref: false })]);
}

/** A policy is replaced, never changed in place. */
const isSame = (one: ServedView, other: ServedView): boolean =>
  one.version === other.version &&
  one.promise.threshold === other.promise.threshold &&
  one.promise.labelThresholds === other.promise.labelThresholds &&
  one.promise.holdoutRate === other.promise.holdoutRate &&
  one.promise.policy === other.promise.policy;

/** Loads a version in all of these workers, or in none. One that dies meanwhile does not count. */
async function prepareAll(
  handles: readonly WorkerHandle[],
  what: { readonly task: string; readonly source: StudentSource },
): Promise<void> {
  const outcomes = await Promise.allSettled(
    handles.map((handle) => inTime(handle, handle.channel.call('prepare', what))),
  );
  const failed = outcomes.find(
    (outcome, index) => outcome.status === 'rejected' && !handles[index]!.hasGone(),
  );
  if (failed?.status !== 'rejected') return;
  for (const { channel } of handles) channel.tell('abandon', { task: what.task });
  throw failed.reason;
}
