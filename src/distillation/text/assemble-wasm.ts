/** A piece of WebAssembly code: bytes of instructions one after the other. */
export type Code = readonly number[];

/** The few instructions that the kernels of text students are made of. */
export const wasm = {
  get: (local: number): Code => [0x20, local],
  set: (local: number): Code => [0x21, local],
  i32: {
    load: [0x28, 2, 0] as Code,
    /** 0 to 63. */
    constant: (value: number): Code => [0x41, value],
    add: [0x6a] as Code,
    sub: [0x6b] as Code,
    mul: [0x6c] as Code,
    lessThan: [0x49] as Code,
  },
  f32: {
    load: [0x2a, 2, 0] as Code,
    store: [0x38, 2, 0] as Code,
    add: [0x92] as Code,
    mul: [0x94] as Code,
    fromInteger: [0xb2] as Code,
  },
  /** Four float32 side by side. */
  f32x4: {
    load: [0xfd, 0x00, 4, 0] as Code,
    store: [0xfd, 0x0b, 4, 0] as Code,
    splat: [0xfd, 0x13] as Code,
    lane: (lane: number): Code => [0xfd, 0x1f, lane],
    add: [0xfd, 0xe4, 0x01] as Code,
    sub: [0xfd, 0xe5, 0x01] as Code,
    mul: [0xfd, 0xe6, 0x01] as Code,
  },
  /** local += by, an i32. */
  advance: (local: number, by: Code): Code => [0x20, local, ...by, 0x6a, 0x21, local],
  /** Does the body, and again while the i32 that `isMore` leaves is not 0. */
  doWhile: (body: Code, isMore: Code): Code => [0x03, 0x40, ...body, ...isMore, 0x0d, 0, 0x0b],
  /** Leaves the function when the i32 is 0. */
  returnIfZero: (value: Code): Code => [...value, 0x45, 0x04, 0x40, 0x0f, 0x0b],
} as const;

const types = { i32: 0x7f, f32: 0x7d, f32x4: 0x7b } as const;
export type WasmType = keyof typeof types;

/** A function without a result; locals are numbered from the parameters on. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly WasmType[];
  readonly locals: readonly WasmType[];
  readonly body: Code;
}

/**
 * Encodes a WebAssembly module of some functions over one memory, which it imports as `env.memory`.
 *
 * @see WebAssembly Core Specification 2.0, §5.5 "Modules"
 */
export function assembleWasm(functions: readonly WasmFunction[]): Uint8Array {
  const memory = [...text('env'), ...text('memory'), 0x02, 0x00, 0];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(
      1,
      functions.map(({ parameters }) => [
        0x60,
        ...vector(parameters.map((type) => [types[type]])),
        0,
      ]),
    ),
    ...section(2, [memory]),
    ...section(
      3,
      functions.map((_, index) => [index]),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...text(name), 0x00, index]),
    ),
    ...section(10, functions.map(codeOf)),
  ]);
}

function codeOf({ locals, body }: WasmFunction): Code {
  const code = [...vector(locals.map((type) => [1, types[type]])), ...body, 0x0b];
  return [...unsigned(code.length), ...code];
}

function section(id: number, items: readonly Code[]): Code {
  const content = vector(items);
  return [id, ...unsigned(content.length), ...content];
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const text = (name: string): Code => vector([...Buffer.from(name, 'utf8')].map((byte) => [byte]));

/** LEB128, §5.2.2. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
