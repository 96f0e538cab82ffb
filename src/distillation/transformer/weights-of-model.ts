import { readConstants } from '../../onnx/read-constants.js';
import type { SourceWeight } from '../continued/find-weights.js';
import { pieceTable, type TransformerSize } from './transformer-graph.js';

export interface ServedTransformer {
  /** ONNX bytes. */
  readonly model: Uint8Array;
  /** Of its bundle, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Takes the weights of a served transformer, to learn on from: those of the pieces and positions
 * that both know, and everything behind them. Other pieces keep what was drawn for them.
 *
 * @param next  the student to come.
 * @returns     null when the served student is another kind of model, or of other sizes.
 */
export function weightsOfModel(
  { model, files }: ServedTransformer,
  next: { readonly size: TransformerSize; readonly pieces: readonly string[] },
): ((weight: SourceWeight) => Float32Array) | null {
  const tokenizer = files.get('tokenizer.json');
  const constants = readConstants(model);
  const { layers, width, classCount } = next.size;
  const head = constants.get('head/weight');
  const isSame =
    tokenizer !== undefined &&
    head?.length === width * classCount &&
    constants.has(`layer_${layers - 1}/out/weight`) &&
    !constants.has(`layer_${layers}/out/weight`);
  if (!isSame) return null;
  const served = piecesOf(tokenizer);
  if (served === null) return null;
  return ({ name, data }) => {
    const old = constants.get(name);
    if (!(old instanceof Float32Array)) return data;
    if (name === pieceTable) return moved(data, old, { width, next: next.pieces, served });
    if (old.length === data.length) return old;
    // Positions: there may be more of them now, or fewer.
    const start = data.slice();
    start.set(old.subarray(0, data.length));
    return start;
  };
}

function moved(
  drawn: Float32Array,
  old: Float32Array,
  about: {
    readonly width: number;
    readonly next: readonly string[];
    readonly served: ReadonlyMap<string, number>;
  },
): Float32Array {
  const { width, next, served } = about;
  const table = drawn.slice();
  next.forEach((piece, row) => {
    const from = served.get(piece);
    if (from === undefined) return;
    table.set(old.subarray(from * width, (from + 1) * width), row * width);
  });
  return table;
}

function piecesOf(tokenizer: Uint8Array): ReadonlyMap<string, number> | null {
  const json = JSON.parse(new TextDecoder().decode(tokenizer)) as {
    readonly model?: { readonly vocab?: Readonly<Record<string, number>> };
  };
  const { vocab } = json.model ?? {};
  return vocab === undefined ? null : new Map(Object.entries(vocab));
}
