import {
  CancelledError,
  InvalidInputError,
  InvalidModelOutputError,
  OverloadedError,
  TeacherFailedError,
} from '../errors.js';
import type { ModelRunner, ModelSource } from '../model/model-runner.js';
import { openModelThread } from '../model/model-thread.js';
import { closeFailed, requireSound } from '../model/require-sound.js';
import { openWorkerRunner } from '../model/worker-runner.js';
import type { ExecutionProvider } from '../onnx/execution-provider.js';
import type { Bundle } from '../registry/read-bundle.js';
import { softmax, topClass } from '../routing/confidence.js';
import { logitsOf } from '../routing/rate-logits.js';
import { Deadline } from '../task/deadline.js';
import { withAbort } from '../student/with-abort.js';
import { createMicroBatcher } from '../student/micro-batcher.js';
import {
  checkRecordedAnswers,
  recordedAnswersOf,
  type RecordedAnswer,
} from '../student/recorded-answers.js';
import { gaveUp, lateTeacher } from './call-failure.js';
import type { Teacher, TeacherAnswer } from './teacher.js';

/** A teacher is slow: short runs keep one caller's rows from waiting behind another's. */
const limits = { runRowsMax: () => 16, queueRowsMax: 2048 };

export interface OnnxTeacherOptions {
  readonly name: string;
  readonly costPerRowUsd: number;
  /** Longest wait for one call, ms. */
  readonly timeoutMs: number;
  /** What it runs on; default the CPU. */
  readonly provider?: ExecutionProvider;
}

/**
 * Opens a large local ONNX model as a teacher, in a worker thread. Its queue is as long as its runs
 * can bring it to an end within `timeoutMs`: rows that would be late are refused at once, so that
 * the student can stand in for it while their callers still wait.
 *
 * @throws {InvalidBundleError} when the model does not load, does not fit its manifest, or does not
 *         answer its recorded inputs, or examples where it has none.
 */
export async function openOnnxTeacher(
  bundle: Bundle,
  options: OnnxTeacherOptions,
): Promise<Teacher> {
  const { manifest } = bundle;
  const { name, costPerRowUsd, timeoutMs, provider = 'cpu' } = options;
  const recorded = recordedAnswersOf(bundle);
  const runner = await openSound({ ...bundle, provider }, recorded);
  const batcher = createMicroBatcher(runner, limits);
  const close = (): Promise<void> => batcher.idle().then(() => runner.close());
  const { version, calibration } = manifest;
  try {
    await checkRecordedAnswers(
      { version, predict: (rows) => batcher.predict(rows), close },
      recorded,
    );
  } catch (error) {
    await close();
    throw error;
  }

  function answerFrom(scores: Float32Array): TeacherAnswer {
    const probabilities = softmax(logitsOf(scores, calibration), calibration.temperature);
    return { label: topClass(probabilities).label, probabilities, costUsd: costPerRowUsd };
  }

  return {
    name,
    version,
    costPerRowUsd,
    async label(inputs, caller) {
      const deadline = new Deadline(timeoutMs, caller);
      const { signal } = deadline;
      try {
        const logits = await withAbort(batcher.predict(inputs, deadline), signal, { why: gaveUp });
        return logits.map(answerFrom);
      } catch (cause) {
        // Rows that would be late are dropped before it passes.
        const isLate = cause instanceof CancelledError && caller?.aborted !== true;
        if (deadline.passed || isLate) {
          throw lateTeacher(name, timeoutMs, cause);
        }
        if (isCallersOwn(cause)) throw cause;
        const isRetryable = !isOfInput(cause);
        const message = `Teacher ${name} failed: ${String(cause)}`;
        throw new TeacherFailedError(message, {}, { cause, isRetryable });
      } finally {
        deadline.end();
      }
    },
    close,
  };
}

/** In a thread of its own, once it has answered recorded inputs, or examples for none. */
async function openSound(
  source: ModelSource,
  recorded: readonly RecordedAnswer[],
): Promise<ModelRunner> {
  const first = await openModelThread(source);
  try {
    const known = recorded.map(({ input }) => input);
    await requireSound(first, known);
    return await openWorkerRunner(source, { first });
  } catch (error) {
    await closeFailed(first, error);
    throw error;
  }
}

/** What a caller can change or try again, other than a failure of the teacher. */
const isCallersOwn = (cause: unknown): boolean =>
  cause instanceof CancelledError ||
  cause instanceof OverloadedError ||
  cause instanceof InvalidInputError;

/** The model was asked, and these inputs fail: they will again. (A dead thread names no rows.) */
const isOfInput = (cause: unknown): boolean =>
  cause instanceof InvalidModelOutputError && ('row' in cause.details || 'rows' in cause.details);
