import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openInlineRunner } from '../model/inline-runner.js';
import { readBundle } from '../registry/read-bundle.js';
import { recordedJson, type RecordedAnswer } from '../student/recorded-answers.js';
import type { Input } from '../task/task.js';
import type { Snapshot } from './dataset.js';

const recordedFile = 'recorded.json';
/** Inputs of a training that its bundle keeps with the answers to them. */
const recordedRows = 16;

/**
 * Records the first inputs that a model was trained on; of an encrypted snapshot those of the seed
 * file, for a bundle is not encrypted.
 *
 * @throws as `recordAnswers` does.
 */
export const recordTraining = (
  bundleDir: string,
  { train, manifest }: Pick<Snapshot, 'train' | 'manifest'>,
) =>
  recordAnswers(
    bundleDir,
    train
      .filter(({ source }) => manifest.inputKeyId === undefined || source === 'seed')
      .slice(0, recordedRows)
      .map(({ input }) => input),
  );

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
  await writeFile(join(bundleDir, recordedFile), recordedJson(rows));
  const manifest = { ...bundle.manifest, recorded: recordedFile };
  await writeFile(join(bundleDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
