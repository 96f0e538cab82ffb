import { Tensor } from '../onnx/runtime.js';
import type { RowTensor } from '../preprocess/preprocessor.js';
import type { Dtype, TensorData } from '../task/dtype.js';
import { allocate, copyInto } from './convert-dtype.js';

/** What one run reads. */
export interface Feeds {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** To be called once the run has ended: the next one writes over these tensors. */
  readonly release: () => void;
}

/**
 * Puts the tensors of rows side by side, in memory that it keeps from run to run: fresh pages cost
 * as much as the writing.
 */
export class Feeder {
  /** By input; empty while a run reads them, so that another one at the same time takes its own. */
  private spare: readonly TensorData[] = [];

  /** @param dtypes  of the model's inputs. */
  constructor(private readonly dtypes: readonly Dtype[]) {}

  /**
   * @param rows     of equal dims, at least one.
   * @param runRows  at least as many; the last row is repeated.
   */
  feed(rows: readonly (readonly RowTensor[])[], runRows: number): Feeds {
    const { spare } = this;
    this.spare = [];
    const tensors: Record<string, Tensor> = {};
    const buffers = rows[0]!.map(({ name, dims }, index) => {
      const to = this.dtypes[index]!;
      const size = dims.reduce((product, axis) => product * axis, 1);
      const { buffer, data } = ofLength(spare[index], { dtype: to, length: runRows * size });
      for (let row = 0; row < runRows; row++) {
        const tensor = rows[Math.min(row, rows.length - 1)]![index]!;
        copyInto(data, row * size, { data: tensor.data, from: tensor.dtype, to });
      }
      tensors[name] = new Tensor(to, data, [runRows, ...dims]);
      return buffer;
    });
    return { tensors, release: () => void (this.spare = buffers) };
  }
}

/** The first elements of a buffer that is large enough, or all of a new one. */
function ofLength(
  spare: TensorData | undefined,
  { dtype, length }: { readonly dtype: Dtype; readonly length: number },
): { readonly buffer: TensorData; readonly data: TensorData } {
  if (spare === undefined || Array.isArray(spare) || spare.length < length) {
    const data = allocate(dtype, length);
    return { buffer: data, data };
  }
  return { buffer: spare, data: (spare as Float32Array).subarray(0, length) };
}
