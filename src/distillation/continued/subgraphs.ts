import { create } from '@bufbuild/protobuf';
import { NodeProtoSchema, type AttributeProto, type GraphProto, type NodeProto } from 'onnx-buf';

/** The bodies of an `If`, `Loop` or `Scan`. */
export const subgraphsOf = ({ attribute }: Pick<NodeProto, 'attribute'>): readonly GraphProto[] =>
  attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]));

/** Names of the values that a node's bodies, nested ones too, take from the graph around it. */
export function capturedBy(node: Pick<NodeProto, 'attribute'>): readonly string[] {
  const names = subgraphsOf(node).flatMap((body) => {
    const own = namesIn(body);
    const used = body.node.flatMap((inner) => [...inner.input, ...capturedBy(inner)]);
    return used.filter((name) => name !== '' && !own.has(name));
  });
  return [...new Set(names)];
}

/** Names of the values that are a body's own. */
export function namesIn(body: GraphProto): ReadonlySet<string> {
  return new Set([
    ...body.input.map(({ name }) => name),
    ...body.initializer.map(({ name }) => name),
    ...body.node.flatMap(({ output }) => output),
  ]);
}

/** The same node with other names of values, in its bodies too. */
export function renamed(node: NodeProto, names: ReadonlyMap<string, string>): NodeProto {
  const nameOf = (name: string): string => names.get(name) ?? name;
  // Whatever a file leaves out has its default from the prototype, which no copy has.
  const { opType, domain, name, overload } = node;
  return create(NodeProtoSchema, {
    ...{ opType, domain, name, overload },
    input: node.input.map(nameOf),
    output: node.output.map(nameOf),
    attribute: node.attribute.map((attribute): AttributeProto => {
      const { g, graphs } = attribute;
      if (g === undefined && graphs.length === 0) return attribute;
      const inside = graphs.map((body) => renamedIn(body, names));
      return { ...attribute, graphs: inside, ...(g && { g: renamedIn(g, names) }) };
    }),
  });
}

function renamedIn(body: GraphProto, names: ReadonlyMap<string, string>): GraphProto {
  const own = namesIn(body);
  const outer = new Map([...names].filter(([name]) => !own.has(name)));
  return { ...body, node: body.node.map((node) => renamed(node, outer)) };
}
