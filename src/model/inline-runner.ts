import { loadModel } from './loaded-model.js';
import type { ModelRunner, ModelSource } from './model-runner.js';
import { runRows } from './run-rows.js';

/**
 * Opens a model on the calling thread. `run()` of onnxruntime-node blocks that thread for the whole
 * forward pass, so only models of a fraction of a millisecond belong on the event loop.
 *
 * @param rowsMin  smaller runs are filled up to it.
 * @throws {InvalidBundleError} when the model does not load or does not fit its manifest.
 */
export async function openInlineRunner(source: ModelSource, rowsMin = 1): Promise<ModelRunner> {
  const model = await loadModel(source);
  let lastRun: Promise<unknown> = Promise.resolve(); // Runs end in the order of their start.
  let closing: Promise<void> | undefined;

  return {
    kind: 'inline',
    lanes: 1,
    run(inputs, spent) {
      const run = runRows(model, inputs, { rowsMin, spent });
      lastRun = run.catch(() => {});
      return run;
    },
    // Releasing the session at once would fail the runs that have been asked for.
    close: () => (closing ??= lastRun.then(() => model.close())),
  };
}
