import { InvalidBundleError } from '../errors.js';
import type { ModelThreads } from '../model/model-threads.js';
import { createPredict } from '../predict.js';
import { readBundle } from '../registry/read-bundle.js';
import { createAnswerCache } from '../serving/answer-cache.js';
import { createDrawRow } from '../serving/draw-row.js';
import type { ServedView, StudentSource } from '../serving/followers.js';
import { openBundle } from '../serving/open-candidate.js';
import { createRecentAnswers, type RecentAnswers } from '../serving/recent-answers.js';
import { refusalOf } from '../serving/refusal-of-student.js';
import { studentPriceOf } from '../serving/student-price.js';
import { measureStudent } from '../serving/student-metrics.js';
import { createTaskBus } from '../serving/task-bus.js';
import { measureAnswers } from '../serving/task-metrics.js';
import type { WorkerTaskSeed } from '../serving/worker-support.js';
import type { OnnxStudent } from '../student/onnx-student.js';
import { createSlot } from '../student/student-slot.js';
import type { TaskService } from '../task/task-service.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Channel } from './channel.js';
import type { PrimaryCalls } from './protocol.js';
import { createShownPromise } from './shown-promise.js';
import { createPrimaryLink } from './tell-primary.js';

/** One task in a worker: it has the student, and asks the primary for everything else. */
export interface WorkerTask extends Pick<TaskService, 'spec' | 'predict' | 'refusal'> {
  /** Answers that it has given lately. */
  readonly recent: RecentAnswers;
  /** Loads a version beside the one that serves, and checks it. @throws {GatewayError} */
  prepare(source: StudentSource): Promise<void>;
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
  readonly modelThreads: ModelThreads;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly newId: () => string;
}

/** Opens a task without a student: the primary says which one serves. */
export function createWorkerTask(parts: WorkerTaskParts): WorkerTask {
  const { seed, primary, metrics, now, newId } = parts;
  const { spec, teacherCostPerRowUsd } = seed;
  const task = spec.name;
  const bus = createTaskBus();
  const slot = createSlot<OnnxStudent>();
  const known =
    seed.cacheBytesMax === 0 ? null : createAnswerCache({ bytesMax: seed.cacheBytesMax });
  const recent = createRecentAnswers(seed.recentBytesMax);
  const promise = createShownPromise();
  let prepared: OnnxStudent | null = null;
  measureAnswers(bus, metrics, { task, teacherCostPerRowUsd });
  measureStudent(bus, metrics, { task, student: () => slot.peek(), known });
  const link = createPrimaryLink({ task, primary, promise, bus, now });

  const predict = createPredict({
    spec,
    slot,
    teacherName: seed.teacherName,
    escalate: link.escalate,
    promise,
    known,
    recent,
    labeller: { add: link.label },
    bus,
    drawRow: createDrawRow(parts.holdoutKey, seed.seedHashes),
    studentCostPerRowUsd: studentPriceOf(seed.machineCostPerHourUsd),
    now,
    newId,
  });

  function show(served: ServedView): void {
    const version = slot.peek()?.version ?? null;
    if (version !== served.version) return; // It speaks of another one; a `commit` is on its way.
    promise.show(served.promise);
    const isOfBudget = served.promise.policy.mode === 'budget'; // Its threshold always moves.
    if (!isOfBudget) known?.clear();
  }

  return {
    spec,
    predict,
    recent,
    refusal: () => refusalOf(slot, bus),
    async prepare(source) {
      await prepared?.close();
      prepared = null;
      prepared = await openSource(source, parts);
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
      link.stop();
      await slot.swap(null);
      await prepared?.close();
    },
  };
}

async function openSource(
  { version, bundleDir, goldenInputs, recentInputs }: StudentSource,
  { seed, modelThreads }: WorkerTaskParts,
): Promise<OnnxStudent> {
  const bundle = await readBundle(bundleDir);
  const found = bundle.manifest.version;
  if (found !== version)
    throw new InvalidBundleError(`${bundleDir} holds ${found}, not ${version}.`);
  return openBundle(bundle, {
    goldenInputs,
    studentSettings: seed.studentSettings,
    modelThreads,
    recentInputs: async () => recentInputs,
  });
}
