import { InvalidConfigError } from '../../errors.js';
import { oipDatatypes } from '../../task/oip-datatypes.js';
import type { InputSpec } from '../../task/task.js';
import type { OipMetadata, OipTensor } from './oip-metadata.js';
import type { OipOptions } from './oip-options.js';

/** How rows become the tensors of a request, and which of an answer's tensors is theirs. */
export interface OipPlan {
  /** One for a text or an image, one for each tensor of the task. */
  readonly inputs: readonly OipInput[];
  /** Rows of one request at most. */
  readonly rowsMax: number;
  /** The first axis of every tensor is the batch; else a request has one row, and no such axis. */
  readonly isBatched: boolean;
  /** Null: the only one of the answer. */
  readonly output: string | null;
}

export interface OipInput {
  readonly name: string;
  readonly datatype: string;
  /** Axes of one row, without the batch; -1 where a length is open. */
  readonly rowShape: readonly number[];
}

interface About {
  readonly spec: InputSpec;
  readonly options: OipOptions;
}

/**
 * Fits the task's input and what the model is said to take.
 *
 * @throws {InvalidConfigError} saying what does not fit, and what to write into the task file.
 */
export function planOip(about: About, metadata: OipMetadata): OipPlan {
  const { spec, options } = about;
  const { inputs, batch } =
    spec.kind === 'tensor'
      ? planTensors(spec.tensors, about, metadata)
      : planSingle(singleInputOf(about, metadata), about);
  return {
    inputs,
    isBatched: batch !== 'none',
    rowsMax: batch === 'any' ? options.rowsMax : 1,
    output: outputOf(about, metadata),
  };
}

/** `any` number of rows, `one`, or a model without an axis for them. */
type Batch = 'any' | 'one' | 'none';

interface PlannedInputs {
  readonly inputs: readonly OipInput[];
  readonly batch: Batch;
}

const misfit = ({ options }: About, why: string): InvalidConfigError =>
  new InvalidConfigError(`Teacher ${options.name} (model ${options.model}): ${why}`);

const namesOf = (tensors: readonly OipTensor[]): string =>
  tensors
    .map(({ name, datatype, shape }) => `${name} ${datatype} [${shape.join(', ')}]`)
    .join('; ');

/** The one input of a text or an image: as the task file says, and else as the metadata do. */
function singleInputOf(about: About, { inputs }: OipMetadata): OipTensor {
  const { input } = about.options;
  const found = input.name === null ? inputs[0] : inputs.find(({ name }) => name === input.name);
  if (inputs.length > 0 && (found === undefined || (input.name === null && inputs.length > 1)))
    throw misfit(about, `it has the inputs ${namesOf(inputs)}. Say which one in input.name.`);
  if (inputs.length > 1)
    throw misfit(
      about,
      `it needs ${inputs.length} inputs, ${namesOf(inputs)}: use input kind tensor.`,
    );
  const isText = about.spec.kind === 'text';
  const name = input.name ?? found?.name;
  const datatype = input.datatype ?? found?.datatype ?? (isText ? 'BYTES' : undefined);
  const shape = input.shape ?? found?.shape ?? (isText ? [-1] : undefined);
  if (name === undefined || datatype === undefined || shape === undefined)
    throw misfit(
      about,
      'its server says nothing of its inputs. Give input.name, input.datatype and input.shape.',
    );
  return { name, datatype, shape };
}

function planSingle({ name, datatype, shape }: OipTensor, about: About): PlannedInputs {
  const { spec } = about;
  const rowShape = shape.slice(1);
  const batch: Batch = shape[0] === -1 ? 'any' : 'one';
  const takes = `the input ${name} is ${datatype} [${shape.join(', ')}]`;
  if (spec.kind === 'text') {
    if (datatype !== 'BYTES')
      throw misfit(
        about,
        `${takes}, but a text goes into BYTES. Give it a model that takes texts.`,
      );
    const isOne = rowShape.every((length) => length === 1 || length === -1);
    if (shape.length === 0 || !isOne || (batch === 'one' && shape[0] !== 1))
      throw misfit(about, `${takes}, but a text goes into [-1] or [-1, 1]. See input.shape.`);
    return { inputs: [{ name, datatype, rowShape: rowShape.map(() => 1) }], batch };
  }
  if (spec.kind !== 'image') throw new TypeError('Tensors are planned one by one.');
  if (!(datatype in pixelDatatypes))
    throw misfit(
      about,
      `${takes}, but an image goes into ${Object.keys(pixelDatatypes).join(', ')}.`,
    );
  const withBatch = shape[0] === -1 || shape[0] === 1;
  const asRow = withBatch ? imageShapeOf(rowShape, spec) : null;
  if (asRow !== null) return { inputs: [{ name, datatype, rowShape: asRow }], batch };
  const whole = imageShapeOf(shape, spec);
  if (whole !== null) return { inputs: [{ name, datatype, rowShape: whole }], batch: 'none' };
  const { width, height, channels } = spec;
  const ways = [[height, width, channels], [channels, height, width], [width * height * channels]]
    .map((way) => `[${way.join(', ')}]`)
    .join(' or ');
  throw misfit(
    about,
    `${takes}, but an image of the task is ${ways}, behind the batch. See input.shape.`,
  );
}

/** Element types that pixels can be sent as. */
export const pixelDatatypes: Readonly<Record<string, 'bytes' | 'numbers'>> = {
  UINT8: 'bytes',
  FP32: 'numbers',
  FP64: 'numbers',
  FP16: 'numbers',
};

/** The shape of an image with open lengths filled in; null where it has no such shape. */
function imageShapeOf(
  shape: readonly number[],
  { width, height, channels }: Extract<InputSpec, { kind: 'image' }>,
): readonly number[] | null {
  const shapes = [
    [height, width, channels],
    [channels, height, width],
    ...(channels === 1 ? [[height, width]] : []),
    [height * width * channels],
  ];
  const fits = (one: readonly number[]): boolean =>
    one.length === shape.length && shape.every((length, k) => length === -1 || length === one[k]);
  return shapes.find(fits) ?? null;
}

function planTensors(
  tensors: Extract<InputSpec, { kind: 'tensor' }>['tensors'],
  about: About,
  { inputs }: OipMetadata,
): PlannedInputs {
  if (inputs.length > 0 && inputs.length !== tensors.length)
    throw misfit(
      about,
      `it has the inputs ${namesOf(inputs)}. Give the task's tensors their names.`,
    );
  const batches = new Set<Batch>();
  const planned = tensors.map(({ name, dtype, shape }): OipInput => {
    const datatype = oipDatatypes[dtype];
    const rowShape = shape.map((length) => length ?? -1);
    const found = inputs.find((input) => input.name === name);
    if (inputs.length > 0 && found === undefined)
      throw misfit(about, `it has no input ${name}, but ${namesOf(inputs)}. Name the tensor so.`);
    const isBatched = found === undefined || found.shape.length === rowShape.length + 1;
    const own = isBatched ? found?.shape.slice(1) : found.shape;
    const fits = (own ?? []).every(
      (length, k) => length === -1 || rowShape[k] === -1 || length === rowShape[k],
    );
    if (
      found !== undefined &&
      (found.datatype !== datatype || own!.length !== rowShape.length || !fits)
    )
      throw misfit(
        about,
        `its input is ${namesOf([found])}, but the task's is ${datatype} with rows of ` +
          `[${rowShape.join(', ')}]. Change the task's tensor.`,
      );
    batches.add(
      isBatched ? (found !== undefined && found.shape[0] !== -1 ? 'one' : 'any') : 'none',
    );
    return { name, datatype, rowShape };
  });
  if (batches.size > 1 && batches.has('none'))
    throw misfit(about, `only some of its inputs have a batch: ${namesOf(inputs)}.`);
  return { inputs: planned, batch: batches.has('one') ? 'one' : [...batches][0]! };
}

function outputOf(about: About, { outputs }: OipMetadata): string | null {
  const { name, holds } = about.options.output;
  const found = name === null ? outputs[0] : outputs.find((output) => output.name === name);
  if (outputs.length === 0) return name;
  if (found === undefined || (name === null && outputs.length > 1))
    throw misfit(about, `it has the outputs ${namesOf(outputs)}. Say which one in output.name.`);
  const isText = found.datatype === 'BYTES';
  if (isText && holds !== 'label')
    throw misfit(about, `its output ${found.name} holds texts, no ${holds}. See output.holds.`);
  return found.name;
}
