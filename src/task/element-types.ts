import type { Dtype } from './dtype.js';
import { float16BitsOf } from './float16.js';

/** float16 as its bits, bool as 0 or 1, 64-bit integers as bigint. */
export type Element = number | bigint | string;

/** How one type of a tensor's elements is read from JSON. */
export interface ElementType {
  /** For messages. */
  readonly expected: string;
  /** @returns undefined where the value is none of this type. */
  read(value: unknown): Element | undefined;
}

const exponentFloat16 = 0x7c00;

/** 64-bit integers past 2^53 come as decimal text: JSON's readers round such numbers. */
export const elementTypes: Readonly<Record<Dtype, ElementType>> = {
  float32: float('float32', (value) => (Number.isFinite(Math.fround(value)) ? value : undefined)),
  float64: float('float64', (value) => (Number.isFinite(value) ? value : undefined)),
  float16: float('float16', (value) => {
    const bits = float16BitsOf(value);
    return (bits & exponentFloat16) === exponentFloat16 ? undefined : bits;
  }),
  int8: integer(-(2 ** 7), 2 ** 7 - 1),
  int16: integer(-(2 ** 15), 2 ** 15 - 1),
  int32: integer(-(2 ** 31), 2 ** 31 - 1),
  int64: bigInteger(-(2n ** 63n), 2n ** 63n - 1n),
  uint8: integer(0, 2 ** 8 - 1),
  uint16: integer(0, 2 ** 16 - 1),
  uint32: integer(0, 2 ** 32 - 1),
  uint64: bigInteger(0n, 2n ** 64n - 1n),
  bool: {
    expected: 'true or false (or 1 or 0)',
    read: (value) =>
      typeof value === 'boolean' || value === 0 || value === 1 ? Number(value) : undefined,
  },
  string: {
    expected: 'a text without NUL characters',
    read: (value) => (typeof value === 'string' && !value.includes('\0') ? value : undefined),
  },
};

function float(name: string, read: (value: number) => number | undefined): ElementType {
  return {
    expected: `a number in the range of ${name}`,
    read: (value) => (typeof value === 'number' ? read(value) : undefined),
  };
}

function integer(smallest: number, largest: number): ElementType {
  return {
    expected: `a whole number from ${smallest} to ${largest}`,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= smallest && value <= largest
        ? value
        : undefined,
  };
}

function bigInteger(smallest: bigint, largest: bigint): ElementType {
  return {
    expected: `a whole number from ${smallest} to ${largest}, as text past 2^53`,
    read(value) {
      const isWhole = typeof value === 'number' && Number.isSafeInteger(value);
      const isDecimal = typeof value === 'string' && /^-?\d{1,20}$/.test(value);
      if (!isWhole && !isDecimal) return undefined;
      const whole = BigInt(value);
      return whole >= smallest && whole <= largest ? whole : undefined;
    },
  };
}
