import { join } from 'node:path';
import { writeWhole } from '../files/atomic-file.js';
import { openInlineRunner } from '../model/inline-runner.js';
import { readBundle } from '../registry/read-bundle.js';
import { recordedJson, type RecordedAnswer } from '../student/recorded-answers.js';
import { exampleInputs } from '../task/example-input.js';
import type { Input } from '../task/task.js';
import type { Snapshot } from './dataset.js';
import { writeManifest } from './write-bundle-files.js';

const recordedFile = 'recorded.json';
/** Inputs that a bundle keeps with the answers to them. */
const recordedRows = 16;

/**
 * Records what a model answers to the first inputs of the seed file; without one to made-up inputs,
 * where it can answer those. Never to inputs of callers: a bundle outlives their rows, which may be
 * erased, and is not encrypted.
 */
export async function recordTraining(
  bundleDir: string,
  { train, manifest }: Pick<Snapshot, 'train' | 'manifest'>,
): Promise<void> {
  const seeds = train.filter(({ source }) => source === 'seed').slice(0, recordedRows);
  if (seeds.length > 0)
    return recordAnswers(
      bundleDir,
      seeds.map(({ input }) => input),
    );
  const madeUp = exampleInputs(manifest.task.input, recordedRows);
  // Who loads it has real inputs to try it with, and says what is wrong.
  await recordAnswers(bundleDir, madeUp).catch(() => {});
}

/**
 * Has the model of a bundle answer some inputs, and puts inputs and answers into the bundle: who
 * loads it later can tell whether it still is the same model, and computes the same.
 *
 * @throws {InvalidModelOutputError} when the model can not answer.
 */
export async function recordAnswers(bundleDir: string, inputs: readonly Input[]): Promise<void> {
  if (inputs.length === 0) return;
  const bundle = await readBundle(bundleDir);
  const runner = await openInlineRunner({ ...bundle, provider: 'cpu' });
  const rows: RecordedAnswer[] = [];
  try {
    const results = await runner.run(inputs);
    results.forEach((result, index) => {
      if (result instanceof Error) throw result;
      // A model that gives no numbers is rejected by its gate, with that reason.
      if (result.every(Number.isFinite)) rows.push({ input: inputs[index]!, logits: [...result] });
    });
  } finally {
    await runner.close();
  }
  if (rows.length === 0) return;
  await writeWhole(join(bundleDir, recordedFile), recordedJson(rows));
  await writeManifest(bundleDir, { ...bundle.manifest, recorded: recordedFile });
}
