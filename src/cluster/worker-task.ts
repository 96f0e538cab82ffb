import { createPredict } from '../predict.js';
import { readBundle } from '../registry/read-bundle.js';
import { createAnswerCache } from '../serving/answer-cache.js';
import { createDrawRow } from '../serving/draw-row.js';
import type { ServedView } from '../serving/followers.js';
import type { PromiseView } from '../serving/promise-view.js';
import { measureStudent } from '../serving/student-metrics.js';
import { createTaskBus, type TaskBus } from '../serving/task-bus.js';
import { measureAnswers } from '../serving/task-metrics.js';
import type { WorkerTaskSeed } from '../serving/worker-support.js';
import { addTallies, tallyOf, type TrafficTally } from '../serving/traffic-tally.js';
import { openOnnxStudent, type OnnxStudent } from '../student/onnx-student.js';
import { createSlot } from '../student/student-slot.js';
import type { TaskService } from '../task/task-service.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Channel } from './channel.js';
import type { PrimaryCalls } from './protocol.js';

/** One task in a worker: it has the student, and asks the primary for everything else. */
export interface WorkerTask extends Pick<TaskService, 'spec' | 'predict'> {
  /** Loads a version beside the one that serves. @throws {GatewayError} */
  prepare(version: string, bundleDir: string): Promise<void>;
  /** Puts the prepared version in front, if it is the one that is named, and the promise too. */
  commit(served: ServedView): void;
  abandon(): void;
  show(served: ServedView): void;
  close(): Promise<void>;
}

export interface WorkerTaskParts {
  readonly seed: WorkerTaskSeed;
  readonly holdoutKey: Uint8Array;
  readonly primary: Channel<PrimaryCalls>;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly newId: () => string;
}

/** The primary hears of answers this often, ms. */
const tallyEveryMs = 250;

/** Opens a task without a student: the primary says which one serves. */
export function createWorkerTask(parts: WorkerTaskParts): WorkerTask {
  const { seed, primary, metrics, now, newId } = parts;
  const { spec, teacherCostPerRowUsd } = seed;
  const task = spec.name;
  const bus = createTaskBus();
  const slot = createSlot<OnnxStudent>();
  const known =
    seed.cacheBytesMax === 0 ? null : createAnswerCache({ bytesMax: seed.cacheBytesMax });
  const promise = createShownPromise();
  let prepared: OnnxStudent | null = null;
  measureAnswers(bus, metrics, { task, teacherCostPerRowUsd });
  measureStudent(bus, metrics, { task, student: () => slot.peek(), known });
  const stopTelling = tellPrimary(bus, { task, primary });

  const predict = createPredict({
    spec,
    slot,
    teacherName: seed.teacherName,
    escalate: (drafts, { route, patience }) =>
      primary.call(
        'escalate',
        { task, drafts, route, timeoutMs: patience.leftMs() },
        patience.caller.signal,
      ),
    promise,
    known,
    labeller: { add: (row) => primary.tell('label', { task, row }) },
    bus,
    drawRow: createDrawRow(parts.holdoutKey, seed.seedHashes),
    studentCostPerRowUsd: ({ runMs }) => (runMs / 3_600_000) * seed.machineCostPerHourUsd,
    now,
    newId,
  });

  function show(served: ServedView): void {
    const version = slot.peek()?.version ?? null;
    if (version !== served.version) return; // It speaks of another one; a `commit` is on its way.
    promise.show(served.promise);
    known?.clear();
  }

  return {
    spec,
    predict,
    async prepare(version, bundleDir) {
      await prepared?.close();
      prepared = null;
      const bundle = await readBundle(bundleDir);
      prepared = await openOnnxStudent(bundle, seed.studentOptions);
      if (prepared.version !== version)
        throw new TypeError(`${bundleDir} holds ${prepared.version}, not ${version}.`);
    },
    commit(served) {
      if (prepared !== null && prepared.version === served.version) {
        void slot.swap(prepared).catch(() => {}); // The old one closes after its last request.
        prepared = null;
      }
      show(served);
    },
    abandon() {
      void prepared?.close();
      prepared = null;
    },
    show,
    async close() {
      stopTelling();
      await slot.swap(null);
      await prepared?.close();
    },
  };
}

/** The promise as the primary has told it last; there is one before the worker listens. */
function createShownPromise(): PromiseView & { show(promise: PromiseView): void } {
  let shown: PromiseView | null = null;
  return {
    get threshold() {
      return shown!.threshold;
    },
    get holdoutRate() {
      return shown!.holdoutRate;
    },
    get policy() {
      return shown!.policy;
    },
    show: (promise) => void (shown = promise),
  };
}

/** Counts answers together, and passes on what only the primary can write down. */
function tellPrimary(
  bus: TaskBus,
  { task, primary }: { readonly task: string; readonly primary: Channel<PrimaryCalls> },
): () => void {
  let tally: TrafficTally | null = null;
  bus.on('answered', (answers) => {
    const own = tallyOf(answers);
    tally = tally === null ? own : addTallies(tally, own);
  });
  bus.on('labellingLost', (rows, error) => {
    const why = error instanceof Error ? error.message : String(error);
    primary.tell('labellingLost', { task, rows, why });
  });
  const tell = (): void => {
    if (tally !== null) primary.tell('tally', { task, tally });
    tally = null;
  };
  const timer = setInterval(tell, tallyEveryMs);
  return () => {
    clearInterval(timer);
    tell();
  };
}
