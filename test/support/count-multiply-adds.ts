import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, type GraphProto, type NodeProto } from 'onnx-buf';

/**
 * Counts the multiply-adds of one row's run from the model file alone: the products of every Gemm
 * and Conv, with the sizes of images followed through the graph. Independent of what built it.
 */
export function countMultiplyAdds(model: Uint8Array): number {
  const graph = fromBinary(ModelProtoSchema, model).graph!;
  const sizes = new Map<string, number[]>();
  for (const { name, dims } of graph.initializer) sizes.set(name, dims.map(Number));
  const [input] = graph.input;
  const dims = input!.type!.value.case === 'tensorType' ? input!.type!.value.value.shape!.dim : [];
  sizes.set(
    input!.name,
    dims.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : 1)),
  );

  let total = 0;
  for (const node of graph.node) total += follow(graph, node, sizes);
  return total;
}

/** Works out the size of a node's output. @returns its multiply-adds. */
function follow(graph: GraphProto, node: NodeProto, sizes: Map<string, number[]>): number {
  const [x, y] = node.input.map((name) => sizes.get(name)!);
  const set = (size: number[]): number[] => {
    sizes.set(node.output[0]!, size);
    return size;
  };
  switch (node.opType) {
    case 'Gemm': {
      const [rows, columns] = set([x![0]!, y![1]!]);
      return rows! * columns! * x![1]!;
    }
    case 'Conv': {
      const pads = node.attribute.find(({ name }) => name === 'pads')!.ints.map(Number);
      const [filters, channels, kernelHeight, kernelWidth] = y as [number, number, number, number];
      const height = x![2]! + pads[0]! + pads[2]! - kernelHeight + 1;
      const width = x![3]! + pads[1]! + pads[3]! - kernelWidth + 1;
      set([1, filters, height, width]);
      return filters * height * width * channels * kernelHeight * kernelWidth;
    }
    case 'MaxPool':
      set([1, x![1]!, Math.floor(x![2]! / 2), Math.floor(x![3]! / 2)]);
      return 0;
    case 'Reshape': {
      const shape = graph.initializer.find(({ name }) => name === node.input[1])!.rawData;
      const numbers = [...new BigInt64Array(Uint8Array.from(shape).buffer)].map(Number);
      const known = numbers.filter((size) => size > 0).reduce((a, b) => a * b, 1);
      const all = x!.reduce((a, b) => a * b, 1);
      set(numbers.map((size) => (size === -1 ? all / known : size)));
      return 0;
    }
    default:
      set(x!);
      return 0;
  }
}
