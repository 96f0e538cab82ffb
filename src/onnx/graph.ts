/**
 * `batch`, and for texts `sequence`, are the sizes that a served model leaves open; a training
 * graph fixes all of them.
 */
export type Dim = number | 'batch' | 'sequence';
/** By the names that ONNX Runtime's API gives them. float16 are bits, bool is 0 and 1. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool';

/** A tensor inside a graph: what is known of it before anything has run. */
export interface Value {
  readonly name: string;
  readonly shape: readonly Dim[];
  readonly type: ElementType;
}

export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string };

/** The list in an attribute that its operator always sets. */
export const intsOf = (attribute: Attribute | undefined): readonly number[] =>
  (attribute as { readonly ints: readonly number[] }).ints;

export interface GraphNode {
  /** ONNX operator of the default domain, for example `MatMul`. */
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export type ConstantData =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/**
 * An ONNX graph under construction. Nodes are appended in the order of their computation, so the
 * list is always topologically sorted. It knows nothing of what operators mean: shapes come in.
 */
export class Graph {
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  readonly nodes: GraphNode[] = [];
  readonly constants = new Map<string, { readonly value: Value; readonly data: ConstantData }>();
  private nextId = 0;

  input(name: string, shape: readonly Dim[], type: ElementType = 'float32'): Value {
    const value: Value = { name, shape, type };
    this.inputs.push(value);
    return value;
  }

  constant(data: ConstantData, shape: readonly number[], name = this.freshName('constant')): Value {
    return this.typedConstant(data, { name, shape, type: typeOf(data) });
  }

  /** A constant of a type that its data does not tell: bool and uint8 are the same array. */
  typedConstant(
    data: ConstantData,
    about: Omit<Value, 'name'> & { readonly name?: string },
  ): Value {
    const value: Value = { name: this.freshName('constant'), ...about };
    this.constants.set(value.name, { value, data });
    return value;
  }

  /** Appends a node with one output, of float32. */
  apply(
    op: string,
    inputs: readonly Value[],
    shape: readonly Dim[],
    attributes: GraphNode['attributes'] = {},
  ): Value {
    return this.applyMany({ op, inputs, attributes }, [{ shape, type: 'float32' }])[0]!;
  }

  /** Appends a node with several outputs; each has its own shape and type. */
  applyMany(
    node: Omit<GraphNode, 'outputs'>,
    outputs: readonly Omit<Value, 'name'>[],
  ): readonly Value[] {
    const values = outputs.map((output) => ({ ...output, name: this.freshName(node.op) }));
    this.nodes.push({ ...node, outputs: values });
    return values;
  }

  /** Gives a value out under `name`. */
  output(name: string, value: Value): void {
    const output: Value = { ...value, name };
    this.nodes.push({ op: 'Identity', inputs: [value], outputs: [output], attributes: {} });
    this.outputs.push(output);
  }

  private freshName(op: string): string {
    return `${op}_${this.nextId++}`;
  }
}

function typeOf(data: ConstantData): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof Int8Array ? 'int8' : 'int64';
}
