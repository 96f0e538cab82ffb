import { openRowKernels, type Address, type RowsOfTable } from './row-kernels.js';
import type { TextNetwork } from './text-network.js';

/** A network and what its training writes down, in the memory of the row kernels. */
export type NetworkMemory = ReturnType<typeof openNetworkMemory>;

/** Opens a memory with a copy of a network in it. */
export function openNetworkMemory(from: TextNetwork) {
  const { places, hiddenSize, classCount } = from;
  const at = layoutOf(from);
  const kernels = openRowKernels(at.end);
  const { buffer } = kernels;
  const floats = (start: Address, length: number) => new Float32Array(buffer, start, length);
  const integers = (start: Address, length: number) => new Int32Array(buffer, start, length);

  const embedding = floats(at.embedding, places * at.hiddenWidth);
  const head = floats(at.head, hiddenSize * at.classWidth);
  const hiddenBias = floats(at.hiddenBias, hiddenSize);
  const headBias = floats(at.headBias, classCount);
  embedding.set(withWidth(from.embedding, hiddenSize, at.hiddenWidth));
  head.set(withWidth(from.head, classCount, at.classWidth));
  hiddenBias.set(from.hiddenBias);
  headBias.set(from.headBias);

  const rows = (table: Address, width: number, named: Address) => {
    return (count: number): RowsOfTable => ({ table, rowBytes: 4 * width, places: named, count });
  };
  return {
    ...{ at, kernels, hiddenBias, headBias },
    hidden: floats(at.hidden, hiddenSize),
    hiddenGradient: floats(at.hiddenGradient, hiddenSize),
    logits: floats(at.logits, classCount),
    gradient: floats(at.gradient, classCount),
    bagPlaces: integers(at.bagPlaces, places),
    bagWeights: floats(at.bagWeights, places),
    activePlaces: integers(at.activePlaces, hiddenSize),
    activeWeights: floats(at.activeWeights, hiddenSize),
    products: floats(at.products, hiddenSize),
    /** The first `count` rows of the embedding that `bagPlaces` names. */
    bagRows: rows(at.embedding, at.hiddenWidth, at.bagPlaces),
    /** The first `count` rows of the head that `activePlaces` names. */
    activeRows: rows(at.head, at.classWidth, at.activePlaces),
    /** @returns a copy of the network as it is now. */
    network: (): TextNetwork => ({
      ...{ places, hiddenSize, classCount },
      embedding: withWidth(embedding, at.hiddenWidth, hiddenSize),
      hiddenBias: hiddenBias.slice(),
      head: withWidth(head, at.classWidth, classCount),
      headBias: headBias.slice(),
    }),
  };
}

/** A copy of a table with longer rows, zeros at their end, or with shorter ones. */
function withWidth(table: Float32Array, width: number, widthNext: number): Float32Array {
  const rows = table.length / width;
  const copy = new Float32Array(rows * widthNext);
  const kept = Math.min(width, widthNext);
  for (let row = 0; row < rows; row++)
    copy.set(table.subarray(row * width, row * width + kept), row * widthNext);
  return copy;
}

/** Where everything lies: rows begin at multiples of 16 bytes, and are as long. */
function layoutOf({ places, hiddenSize, classCount }: TextNetwork) {
  const hiddenWidth = roundedUp(hiddenSize);
  const classWidth = roundedUp(classCount);
  let end: Address = 0;
  const take = (numbers: number): Address => {
    const start = end;
    end += 4 * roundedUp(numbers);
    return start;
  };
  const starts = {
    embedding: take(places * hiddenWidth),
    head: take(hiddenSize * classWidth),
    hiddenBias: take(hiddenSize),
    headBias: take(classCount),
    hidden: take(hiddenSize),
    hiddenGradient: take(hiddenSize),
    logits: take(classCount),
    gradient: take(classCount),
    bagPlaces: take(places), // A text has each place once at most.
    bagWeights: take(places),
    activePlaces: take(hiddenSize),
    activeWeights: take(hiddenSize),
    products: take(hiddenSize),
  };
  return { ...starts, hiddenWidth, classWidth, end };
}

const roundedUp = (numbers: number): number => 4 * Math.ceil(numbers / 4);
