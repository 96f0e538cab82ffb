import { z } from 'zod';

/** One file name, so it can not lead out of the bundle's directory. */
export const fileName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/, 'must be a plain file name, without a path');

/** The gateway's own names for what it stores. */
const ownNames = ['model.onnx', 'manifest.json', 'evaluation.json'];

/** Name of another file than those: it would take the place of one, or lose its own. */
export const otherFileName = fileName.refine(
  (name) => !ownNames.includes(name),
  `must not be ${ownNames.join(', ')}`,
);
