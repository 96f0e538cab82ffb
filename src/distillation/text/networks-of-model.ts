import { readConstants, type Constant } from '../../onnx/read-constants.js';
import type { Draw } from '../seeded-draw.js';
import { memberCount } from './train-text-student.js';
import { createTextNetwork, type TextNetwork } from './text-network.js';
import type { Vocabulary } from './vocabulary.js';

export interface TextStart {
  /** The n-grams of the student to come. */
  readonly vocabulary: Vocabulary;
  /** Of each network. */
  readonly hiddenSize: number;
  readonly classCount: number;
  /** For n-grams that the served student does not know. */
  readonly draw: Draw;
}

/**
 * Takes the networks of a served text student apart again, to learn on from: the rows of n-grams
 * that both know, rounded as they are served, and everything behind them.
 *
 * @param model  ONNX bytes as `textModel` makes them.
 * @returns      [members]; null when it is another kind of model, or of other sizes.
 */
export function networksOfModel(model: Uint8Array, start: TextStart): TextNetwork[] | null {
  const { vocabulary, hiddenSize, classCount, draw } = start;
  const served = servedOf(readConstants(model));
  const width = memberCount * hiddenSize;
  const isOfSize =
    served?.hiddenBias.length === width &&
    served.headBias.length === classCount &&
    served.placeOf.length === vocabulary.placeOf.length;
  if (!isOfSize) return null;
  const places = vocabulary.factors.length;
  return Array.from({ length: memberCount }, (_, member) => {
    const network = createTextNetwork({ places, hiddenSize, classCount }, draw);
    const first = member * hiddenSize;
    vocabulary.placeOf.forEach((place, bucket) => {
      const old = served.placeOf[bucket]!;
      if (place === 0 || old === 0) return;
      for (let j = 0; j < hiddenSize; j++)
        network.embedding[place * hiddenSize + j] =
          served.scales[old]! * served.embedding[old * width + first + j]!;
    });
    network.hiddenBias.set(served.hiddenBias.subarray(first, first + hiddenSize));
    // Their logits were averaged (`joinNetworks`): the heads hold a part, the biases their mean.
    const head = served.head.subarray(first * classCount, (first + hiddenSize) * classCount);
    network.head.set(head.map((weight) => weight * memberCount));
    network.headBias.set(served.headBias);
    return network;
  });
}

interface Served {
  readonly placeOf: Int32Array;
  readonly scales: Float32Array;
  readonly embedding: Int8Array;
  readonly hiddenBias: Float32Array;
  readonly head: Float32Array;
  readonly headBias: Float32Array;
}

function servedOf(constants: ReadonlyMap<string, Constant>): Served | null {
  const [placeOf, embedding] = [constants.get('placeOf'), constants.get('embedding')];
  const [scales, hiddenBias, head, headBias] = ['scales', 'hiddenBias', 'head', 'headBias'].map(
    (name) => constants.get(name),
  );
  const isWhole = placeOf instanceof Int32Array && embedding instanceof Int8Array;
  if (!isWhole || !isFloats(scales) || !isFloats(hiddenBias)) return null;
  if (!isFloats(head) || !isFloats(headBias)) return null;
  return { placeOf, embedding, scales, hiddenBias, head, headBias };
}

const isFloats = (constant: Constant | undefined): constant is Float32Array =>
  constant instanceof Float32Array;
