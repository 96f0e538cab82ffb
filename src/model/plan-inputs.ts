import type { RowTensor } from '../preprocess/preprocessor.js';
import type { Dtype } from '../task/dtype.js';
import { canConvert } from './convert-dtype.js';
import { listWords, valueWords, type ModelSignature, type ModelValue } from './signature.js';

/** How a bundle's tensors go into its model. */
export interface InputPlan {
  /** Element type that the model takes, for each tensor of the preprocessing, in its order. */
  readonly dtypes: readonly Dtype[];
  /** Rows of every run, where the model was exported with a fixed batch; null for any number. */
  readonly fixedRows: number | null;
}

/**
 * Matches one prepared row with what the model takes.
 *
 * @param isRaw     the tensors are the callers': their types are not converted.
 * @param problems  gets one sentence for each thing that does not fit.
 */
export function planInputs(
  { inputs }: ModelSignature,
  { row, isRaw }: { readonly row: readonly RowTensor[]; readonly isRaw: boolean },
  problems: string[],
): InputPlan {
  const byName = new Map(inputs.map((input) => [input.name, input]));
  const given = new Set(row.map(({ name }) => name));
  const fixedRows = new Set<number>();
  for (const input of inputs) {
    if (given.has(input.name)) continue;
    problems.push(
      `The model needs the input ${valueWords(input)}, and the bundle gives it nothing. ` +
        `It gives: ${[...given].join(', ')}. Name it in the manifest, or export without it.`,
    );
  }
  const dtypes = row.map((tensor) => {
    const input = byName.get(tensor.name);
    if (input === undefined) {
      problems.push(
        `The model has no input "${tensor.name}". Its inputs: ${listWords(inputs)}. ` +
          'Mend the name in the manifest.',
      );
      return plainOf(tensor);
    }
    const batch = matchShape(tensor, input, problems);
    if (batch !== null) fixedRows.add(batch);
    return matchDtype(tensor, input, { isRaw, problems });
  });
  if (fixedRows.size > 1)
    problems.push(
      `The model's inputs have different fixed batches: ${[...fixedRows].join(' and ')}. ` +
        'Export it with a dynamic batch axis.',
    );
  return { dtypes, fixedRows: [...fixedRows][0] ?? null };
}

/** @returns the fixed length of the batch axis, or null. */
function matchShape(tensor: RowTensor, input: ModelValue, problems: string[]): number | null {
  if (input.shape === null) return null;
  const [batch, ...axes] = input.shape;
  const got = `[batch${tensor.dims.map((axis) => `,${axis}`).join('')}]`;
  if (axes.length !== tensor.dims.length) {
    problems.push(
      `The input ${valueWords(input)} has rank ${input.shape.length}, the bundle gives ` +
        `${tensor.name} as ${got}, rank ${tensor.dims.length + 1}. The first axis is the batch; ` +
        rankAdvice(axes.length, tensor),
    );
    return null;
  }
  const differs = axes.findIndex((axis, index) => axis !== null && axis !== tensor.dims[index]);
  if (differs >= 0)
    problems.push(
      `The input ${valueWords(input)} has ${axes[differs]} on axis ${differs + 1}, the bundle ` +
        `gives ${tensor.name} as ${got}. Mend the manifest's input or preprocess.`,
    );
  return batch ?? null;
}

const rankAdvice = (axes: number, { dims }: RowTensor): string =>
  axes === 3 && dims.length === 1
    ? 'for an image set preprocess.layout to nchw or nhwc.'
    : "mend the manifest's input or preprocess.";

function matchDtype(
  tensor: RowTensor,
  input: ModelValue,
  { isRaw, problems }: { readonly isRaw: boolean; readonly problems: string[] },
): Dtype {
  const wanted = input.dtype as Dtype | null;
  const given = plainOf(tensor);
  if (wanted === given || wanted === null) {
    if (wanted === null) problems.push(`The input ${valueWords(input)} can not be fed.`);
    return given;
  }
  if (!isRaw && canConvert(tensor.dtype, wanted)) return wanted;
  problems.push(
    `The input ${valueWords(input)} takes ${wanted}, the bundle gives ${tensor.name} as ` +
      `${given}. Mend the dtype in the manifest.`,
  );
  return given;
}

/** Bytes that stand for floats are floats to the model. */
const plainOf = ({ dtype }: RowTensor): Dtype => (dtype === 'unit8' ? 'float32' : dtype);
