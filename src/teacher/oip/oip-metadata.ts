import { notAnAnswer } from '../remote/answer-reader.js';

/** One tensor as a server describes it; the batch is its first axis, as a rule. */
export interface OipTensor {
  readonly name: string;
  readonly datatype: string;
  /** -1 where a length is open. */
  readonly shape: readonly number[];
}

/** What a server says of a model. Some say nothing of its tensors (MLServer): then a list is []. */
export interface OipMetadata {
  readonly inputs: readonly OipTensor[];
  readonly outputs: readonly OipTensor[];
}

/**
 * Reads the metadata of a model.
 *
 * @param name  of the teacher.
 * @throws {TeacherFailedError} for what are no metadata.
 */
export function readOipMetadata(name: string, answer: unknown): OipMetadata {
  const fields = isObject(answer) ? answer : {};
  const listed = [fields['inputs'] ?? [], fields['outputs'] ?? []].map(tensorsIn);
  const [inputs, outputs] = listed;
  if (isObject(answer) && typeof answer['name'] === 'string' && inputs && outputs)
    return { inputs, outputs };
  throw notAnAnswer(name, {
    got: 'something else',
    expected: 'the metadata of a model, {name, inputs, outputs}',
    change: 'Check its url: what answers there speaks no Open Inference Protocol.',
  });
}

/** @returns null for what is no list of tensors. */
function tensorsIn(list: unknown): readonly OipTensor[] | null {
  if (!Array.isArray(list)) return null;
  const tensors = list.map((entry: unknown): OipTensor | null => {
    const { name, datatype, shape } = isObject(entry) ? entry : {};
    const isNamed = typeof name === 'string' && typeof datatype === 'string';
    if (!isNamed || !Array.isArray(shape) || !shape.every(Number.isInteger)) return null;
    return { name, datatype, shape: shape as number[] };
  });
  return tensors.every((tensor) => tensor !== null) ? tensors : null;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
