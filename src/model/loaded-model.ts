import { InvalidBundleError, InvalidModelOutputError } from '../errors.js';
import { runNow } from '../onnx/run-now.js';
import type { InferenceSession } from '../onnx/runtime.js';
import { sessionOptionsFor } from '../onnx/session-options.js';
import { openPreprocessor } from '../preprocess/open-preprocessor.js';
import type { RowTensor } from '../preprocess/preprocessor.js';
import type { Input } from '../task/task.js';
import { exampleInput } from '../task/example-input.js';
import { Feeder } from './feeder.js';
import type { ModelSource } from './model-runner.js';
import { openSession } from './open-session.js';
import { planModel, type ModelPlan } from './plan-model.js';
import { readScores, withNovelty } from './read-scores.js';
import { signatureOf, type ModelSignature } from './signature.js';

/** One bundle's model in memory, with the way from an input to its tensors and back to logits. */
export interface LoadedModel {
  readonly signature: ModelSignature;
  readonly plan: ModelPlan;
  /** @throws {InvalidInputError} when this input can not be prepared. */
  prepare(input: Input): readonly RowTensor[];
  /**
   * Runs rows of equal dims together. The forward pass is done when this call returns.
   *
   * @param rowsMin  a smaller run is filled up to it; default 1.
   * @throws {InvalidModelOutputError} when the run fails, or gives another shape.
   */
  run(rows: readonly (readonly RowTensor[])[], rowsMin?: number): Promise<readonly Float32Array[]>;
  close(): Promise<void>;
}

export interface LoadResult {
  /** Null when there are problems. */
  readonly model: LoadedModel | null;
  readonly problems: readonly string[];
}

/**
 * Loads a model.
 *
 * @throws {InvalidBundleError} listing everything that does not fit.
 */
export async function loadModel(source: ModelSource): Promise<LoadedModel> {
  const { model, problems } = await tryLoadModel(source);
  if (model !== null) return model;
  throw new InvalidBundleError(`The model does not fit its manifest:\n- ${problems.join('\n- ')}`, {
    problems: problems.length,
  });
}

/** Loads a model, or says everything that stands against it. */
export async function tryLoadModel(source: ModelSource): Promise<LoadResult> {
  let session: InferenceSession;
  try {
    session = await openSession(source.model, sessionOptionsFor(source.provider));
  } catch (error) {
    if (!(error instanceof InvalidBundleError)) throw error;
    return { model: null, problems: [error.message] };
  }
  try {
    const { manifest, files } = source;
    const signature = signatureOf(session);
    const preprocessor = await openPreprocessor(manifest.input, manifest.preprocess, {
      files,
      imageInputName: manifest.model.inputName ?? signature.inputs[0]?.name ?? 'input',
    });
    const example = preprocessor.prepare(exampleInput(manifest.input));
    const { plan, problems } = planModel(signature, manifest, example);
    if (problems.length > 0) {
      await session.release();
      return { model: null, problems };
    }
    const prepare = preprocessor.prepare.bind(preprocessor);
    return { model: loadedModel(session, { source, signature, plan, prepare }), problems: [] };
  } catch (error) {
    await session.release();
    if (error instanceof InvalidBundleError) return { model: null, problems: [error.message] };
    throw error;
  }
}

function loadedModel(
  session: InferenceSession,
  parts: Pick<LoadedModel, 'signature' | 'plan' | 'prepare'> & { readonly source: ModelSource },
): LoadedModel {
  const { signature, plan, prepare } = parts;
  const { labels, output, calibration } = parts.source.manifest;
  const reader = { plan: plan.output, classCount: labels.length, kind: output.kind };
  const { novelty = null } = calibration;
  const outputNames = [plan.output.name, ...(novelty === null ? [] : [novelty.output])];
  const feeder = new Feeder(plan.input.dtypes);
  let closing: Promise<void> | undefined;

  return {
    signature,
    plan,
    prepare,
    async run(rows, rowsMin = 1) {
      const runRows = plan.input.fixedRows ?? Math.max(rows.length, rowsMin);
      if (rows.length > runRows) return runInParts(this, rows, runRows);
      const { tensors, release } = feeder.feed(rows, runRows);
      let results: InferenceSession.OnnxValueMapType;
      try {
        results = await runNow(session, tensors, outputNames);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `The model cannot run: ${reason}`;
        throw new InvalidModelOutputError(message, { rows: rows.length }, { cause });
      } finally {
        release();
      }
      const scores = readScores(results[plan.output.name], rows.length, reader);
      return novelty === null ? scores : withNovelty(scores, results[novelty.output], novelty);
    },
    close: () => (closing ??= session.release()),
  };
}

async function runInParts(
  model: LoadedModel,
  rows: readonly (readonly RowTensor[])[],
  runRows: number,
): Promise<readonly Float32Array[]> {
  const parts: Promise<readonly Float32Array[]>[] = [];
  for (let first = 0; first < rows.length; first += runRows)
    parts.push(model.run(rows.slice(first, first + runRows)));
  return (await Promise.all(parts)).flat();
}
