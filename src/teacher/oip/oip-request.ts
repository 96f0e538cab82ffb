import type { TensorData } from '../../task/dtype.js';
import { numberOfFloat16 } from '../../task/float16.js';
import { decodeImage } from '../../task/image-codec.js';
import type { ImageInput, Input, InputSpec } from '../../task/task.js';
import { decodeTensors, type TensorValue } from '../../task/tensor-codec.js';
import { decodeText } from '../../task/text-codec.js';
import type { OipOptions, OipParameters } from './oip-options.js';
import { pixelDatatypes, type OipInput, type OipPlan } from './oip-plan.js';

interface RequestOf {
  readonly spec: InputSpec;
  readonly options: OipOptions;
  readonly plan: OipPlan;
}

/**
 * Writes the body of one request, as JSON. Data are flat and row-major; integers of 64 bits are
 * written in full.
 *
 * @param rows  at most `plan.rowsMax`, of tensors with equal lengths.
 */
export function oipRequestBody(rows: readonly Input[], { spec, options, plan }: RequestOf): string {
  const decoded = spec.kind === 'tensor' ? rows.map((row) => decodeTensors(row, spec)) : [];
  const tensors = plan.inputs.map((input, index) => {
    const values = decoded.map((tensorsOfRow) => tensorsOfRow[index]!);
    const { dims, data } = tensorOf(rows, { spec, options, input, values });
    const shape = plan.isBatched ? [rows.length, ...dims] : dims;
    return (
      `{"name":${JSON.stringify(input.name)},"shape":[${shape.join()}],` +
      `"datatype":"${input.datatype}"${parametersText(options.input.parameters)},"data":[${data}]}`
    );
  });
  const { output } = plan;
  const outputs = output === null ? '' : `,"outputs":[{"name":${JSON.stringify(output)}}]`;
  return `{"inputs":[${tensors.join()}]${outputs}${parametersText(options.parameters)}}`;
}

const parametersText = (parameters: OipParameters): string =>
  Object.keys(parameters).length === 0 ? '' : `,"parameters":${JSON.stringify(parameters)}`;

/** Lengths of one row's axes, and the elements of all rows as JSON without brackets. */
interface TensorText {
  readonly dims: readonly number[];
  readonly data: string;
}

function tensorOf(
  rows: readonly Input[],
  at: {
    readonly spec: InputSpec;
    readonly options: OipOptions;
    readonly input: OipInput;
    /** Of each row, where it has tensors: the one for this input. */
    readonly values: readonly TensorValue[];
  },
): TensorText {
  const { spec, input, values } = at;
  switch (spec.kind) {
    case 'text':
      return {
        dims: input.rowShape,
        data: rows.map((row) => JSON.stringify(decodeText(row))).join(),
      };
    case 'image': {
      const toNumbers = pixelWriter(spec, at.options, input);
      return { dims: input.rowShape, data: rows.map((row) => toNumbers(row).join()).join() };
    }
    case 'tensor': {
      const texts = values.map((value) => elementsText(value, input.datatype));
      return { dims: values[0]!.dims, data: texts.join() };
    }
  }
}

/** Turns an image into the numbers of a model: bytes, or numbers in its own range and order. */
function pixelWriter(
  spec: ImageInput,
  { input: { mean, std } }: OipOptions,
  { datatype, rowShape }: OipInput,
): (image: Input) => ArrayLike<number> & { join(): string } {
  const { width, height, channels } = spec;
  const isByte = pixelDatatypes[datatype] === 'bytes';
  const isPlanar = channels > 1 && rowShape.length === 3 && rowShape[0] === channels;
  const area = width * height;
  return (image) => {
    const pixels = decodeImage(image, spec);
    const numbers = new Array<number>(pixels.length);
    for (let k = 0; k < pixels.length; k++) {
      const channel = k % channels;
      const value = pixels[k]!;
      const number = isByte
        ? Math.round(value * 255)
        : (value - (mean?.[channel % mean.length] ?? 0)) / (std?.[channel % std.length] ?? 1);
      numbers[isPlanar ? channel * area + Math.floor(k / channels) : k] = number;
    }
    return numbers;
  };
}

function elementsText({ data }: TensorValue, datatype: string): string {
  if (datatype === 'BYTES') return elementsBy(data, (text) => JSON.stringify(text));
  if (datatype === 'FP16') return elementsBy(data, (bits) => String(numberOfFloat16(Number(bits))));
  if (datatype === 'BOOL') return elementsBy(data, (bit) => String(Number(bit) === 1));
  return Array.from(data as Float32Array).join(); // Digits of a bigint are not rounded.
}

const elementsBy = (data: TensorData, write: (element: TensorData[number]) => string): string =>
  Array.from<TensorData[number], string>(data, write).join();
