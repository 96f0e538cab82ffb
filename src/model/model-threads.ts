import { loadInto, openModelThread, startModelThread, type ModelThread } from './model-thread.js';
import type { ModelSource } from './model-runner.js';

/** Where models get their threads from. */
export interface ModelThreads {
  /**
   * A thread with a model of its own. Closing it frees the model.
   *
   * @throws {InvalidBundleError} when the model does not load or does not fit its manifest.
   * @throws {InvalidModelOutputError} when there is no thread to be had.
   */
  open(source: ModelSource): Promise<ModelThread>;
  /** From now on a thread that is closed ends, and so does the one that is kept. Idempotent. */
  close(): Promise<void>;
}

/** A thread that had a larger model, bytes, ends: what it leaves behind would stay in memory. */
const keptBytesMax = 16 * 1_048_576;

/** Has every thread end with its model. */
export const unkeptThreads: ModelThreads = { open: openModelThread, close: async () => {} };

/**
 * Keeps one thread whose model is gone for the next model: to start one costs three times what it
 * costs to load and measure a small student, and callers wait meanwhile where there are few cores
 * (`npm run bench -- --only swaps`).
 */
export function createModelThreads(start = startModelThread): ModelThreads {
  let spare: ModelThread | null = null;
  let isClosed = false;

  async function giveBack(thread: ModelThread, modelBytes: number): Promise<void> {
    if (modelBytes > keptBytesMax) return thread.close();
    if (isClosed || spare !== null || thread.failure !== undefined) return thread.close();
    spare = thread; // Whoever takes it at once is served after this: calls come one by one.
    await thread.call({ kind: 'unload' }).catch(() => {
      if (spare === thread) spare = null;
      return thread.close();
    });
  }

  function takeSpare(): ModelThread | null {
    const taken = spare;
    spare = null;
    return taken?.failure === undefined ? taken : null;
  }

  return {
    async open(source) {
      const thread = takeSpare() ?? (await start());
      try {
        await loadInto(thread, source);
      } catch (error) {
        await giveBack(thread, source.model.byteLength);
        throw error;
      }
      let closing: Promise<void> | undefined;
      return {
        call: (argument, transfer) => thread.call(argument, transfer),
        get failure() {
          return thread.failure;
        },
        ended: thread.ended,
        close: () => (closing ??= giveBack(thread, source.model.byteLength)),
      };
    },
    async close() {
      isClosed = true;
      await takeSpare()?.close();
    },
  };
}
