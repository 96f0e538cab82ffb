import { InvalidModelOutputError } from '../errors.js';
import { receivedError } from '../threads/sent-error.js';
import { keepOpen, type KeptThread } from '../threads/keep-open.js';
import type { ModelRunner, ModelSource, RowResult } from './model-runner.js';
import { openModelThread, type ModelThread } from './model-thread.js';
import { packInputs } from './packed-inputs.js';
import type { SentResult } from './runner-worker.js';

export interface WorkerRunnerOptions {
  /** Threads, each with a copy of the model. */
  readonly lanes?: number;
  /** Smaller runs are filled up to it. */
  readonly rowsMin?: number;
  /** A thread that is open already: the first lane. */
  readonly first?: ModelThread;
  /** Starts a thread; another one than the default is for tests. */
  readonly startThread?: (source: ModelSource) => Promise<ModelThread>;
  /** ms, never set back: how often a dead thread is opened again. */
  readonly nowMs?: () => number;
}

/**
 * Opens a model in threads of its own, so that a long run never blocks the event loop. A round trip
 * costs about 0.05 ms. Preprocessing is done there too: a long text takes milliseconds. When a
 * thread dies, the runs in flight fail, and the next run opens it again.
 *
 * @throws {InvalidBundleError} when the model does not load.
 */
export async function openWorkerRunner(
  source: ModelSource,
  options: WorkerRunnerOptions = {},
): Promise<ModelRunner> {
  const { lanes = 1, rowsMin = 1, startThread = openModelThread, nowMs } = options;
  const open = (): Promise<ModelThread> => startThread(source);
  const threads = await openAll(lanes, { first: options.first, open });
  const kept = threads.map((first) =>
    keepOpen({ open, first, refused, closed, ...(nowMs === undefined ? {} : { nowMs }) }),
  );
  const free = [...kept];
  let nextBusy = 0;

  /** The one that has waited longest; with all at work, calls queue up before them in turn. */
  const takeLane = (): KeptThread<ModelThread> => free.shift() ?? kept[nextBusy++ % lanes]!;

  return {
    kind: 'worker',
    lanes,
    async run(inputs, spent) {
      const lane = takeLane();
      const packed = packInputs(inputs);
      try {
        const reply = await lane.use((thread) =>
          thread.call({ kind: 'run', inputs: packed, rowsMin }, [packed.bytes.buffer]),
        );
        if (reply.kind !== 'run') return [];
        spent?.add(reply.ms);
        return reply.results.map(received);
      } finally {
        if (!free.includes(lane)) free.push(lane);
      }
    },
    close: async () => void (await Promise.all(kept.map((lane) => lane.close()))),
  };
}

/** All lanes, or none: those that did open are closed when another one does not. */
async function openAll(
  lanes: number,
  { first, open }: { first: ModelThread | undefined; open: () => Promise<ModelThread> },
): Promise<readonly ModelThread[]> {
  const openings = Array.from({ length: lanes }, async (_, lane) =>
    lane === 0 && first !== undefined ? first : open(),
  );
  const settled = await Promise.allSettled(openings);
  const threads = settled.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const failure = settled.find((result) => result.status === 'rejected');
  if (failure === undefined) return threads;
  await Promise.all(threads.map((thread) => thread.close()));
  throw failure.reason;
}

const refused = (cause: Error): Error =>
  new InvalidModelOutputError(
    `The model thread has ended, and can not be opened again: ${cause.message}`,
    {},
    { cause },
  );
const closed = (): Error => new InvalidModelOutputError('The model is closed.');

const received = (result: SentResult): RowResult =>
  result instanceof Float32Array ? result : receivedError(result);
