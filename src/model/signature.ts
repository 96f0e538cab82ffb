import type { InferenceSession } from '../onnx/runtime.js';

/** One input or output of a model, as ONNX Runtime tells it. */
export interface ModelValue {
  readonly name: string;
  /** Element type; null for what is not a tensor (a sequence, a map). */
  readonly dtype: string | null;
  /** Length of each axis, null where it is free; null as a whole where the rank is not known. */
  readonly shape: readonly (number | null)[] | null;
}

export interface ModelSignature {
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
}

/** Reads what a loaded model takes and gives. */
export function signatureOf(session: InferenceSession): ModelSignature {
  return {
    inputs: session.inputMetadata.map(valueOf),
    outputs: session.outputMetadata.map(valueOf),
  };
}

function valueOf(value: InferenceSession.ValueMetadata): ModelValue {
  if (!value.isTensor) return { name: value.name, dtype: null, shape: null };
  const { name, type, shape } = value;
  // ONNX Runtime tells a scalar and an unknown shape alike.
  const isKnown = shape.length > 0;
  return {
    name,
    dtype: type,
    shape: isKnown ? shape.map((axis) => (typeof axis === 'number' ? axis : null)) : null,
  };
}

/** `input_ids int64 [?,?]`, for messages. */
export function valueWords({ name, dtype, shape }: ModelValue): string {
  if (dtype === null) return `${name} (no tensor: a sequence or a map)`;
  const axes = shape === null ? 'of unknown shape' : `[${shape.map((axis) => axis ?? '?').join()}]`;
  return `${name} ${dtype} ${axes}`;
}

export const listWords = (values: readonly ModelValue[]): string =>
  values.map(valueWords).join(', ') || 'none';
