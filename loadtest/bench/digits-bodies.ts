import { join } from 'node:path';
import { digitsTask } from '../../src/demo/digits-split.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { readLabelledImages } from '../../src/task/labelled-images.js';

/** The stream's images, 784 bytes each. */
export async function digitImages(): Promise<readonly Uint8Array[]> {
  const path = join(repositoryRoot(), 'models', 'digits', 'data', 'stream.parquet');
  return (await readLabelledImages(path, digitsTask)).map(({ image }) => image);
}

/** Other fields of a prediction's body. */
type Fields = Readonly<Record<string, unknown>>;

/** One body an image. */
export const singleBodies = (images: readonly Uint8Array[], fields: Fields = {}): Buffer[] =>
  images.map((image) => bodyOf({ input: base64Of(image), ...fields }));

/** Bodies of `rows` images each; what is left over is left out. */
export const batchBodies = (
  images: readonly Uint8Array[],
  { rows, ...fields }: { readonly rows: number } & Fields,
): Buffer[] =>
  Array.from({ length: Math.floor(images.length / rows) }, (_, batch) => {
    const part = images.slice(batch * rows, (batch + 1) * rows);
    return bodyOf({ inputs: part.map(base64Of), ...fields });
  });

const base64Of = (image: Uint8Array): string => Buffer.from(image).toString('base64');
const bodyOf = (body: Fields): Buffer => Buffer.from(JSON.stringify(body));
