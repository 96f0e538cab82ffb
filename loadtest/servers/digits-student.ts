import { join } from 'node:path';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { openOnnxStudent } from '../../src/student/onnx-student.js';

/** All that the bare server takes from the gateway: its micro-batched session of the digits. */
export interface DigitsStudent {
  /** @param image  784 bytes, 0 black to 255 white. @returns the label with the largest logit. */
  labelOf(image: Uint8Array): Promise<string>;
}

export async function openDigitsStudent(): Promise<DigitsStudent> {
  const bundle = await readBundle(join(repositoryRoot(), 'models', 'digits', 'student'));
  const student = await openOnnxStudent(bundle);
  const { labels } = bundle.manifest;
  return {
    async labelOf(image) {
      const [logits] = await student.predict([image]);
      return labels[logits!.indexOf(Math.max(...logits!))]!;
    },
  };
}
