/** Numbers in 8 bits: value = scales[channel] * byte. */
export interface Bytes {
  /** In -largest..largest, in the order of the numbers. */
  readonly bytes: Int8Array;
  /** [channels] */
  readonly scales: Float32Array;
}

export interface ToBytesOptions {
  /** Groups of numbers that share a scale. */
  readonly channels: number;
  /**
   * Numbers of one channel that lie side by side, before those of the next: the length of a row
   * where rows are channels, 1 where columns are.
   */
  readonly runLength: number;
  /** Greatest byte, 1 to 127. */
  readonly largest: number;
}

/**
 * Rounds numbers to 8 bits, each channel with a scale of its own:
 *
 *     scale[c] = max |x| / largest,   byte = round(x / scale[c])
 *
 * so that a number is off by half a scale at most. A channel with NaN or an infinity gets such a
 * scale: what is computed of it is then no number either.
 *
 * @param numbers  float32, channel of number i: floor(i / runLength) mod channels. Not modified.
 */
export function toBytes(numbers: Float32Array, options: ToBytesOptions): Bytes {
  const { channels, runLength, largest } = options;
  const scales = new Float32Array(channels);
  eachRun(numbers.length, options, (channel, start, end) => {
    for (let at = start; at < end; at++)
      scales[channel] = Math.max(scales[channel]!, Math.abs(numbers[at]!));
  });
  for (let channel = 0; channel < channels; channel++) scales[channel]! /= largest;
  const bytes = new Int8Array(numbers.length);
  eachRun(numbers.length, { channels, runLength }, (channel, start, end) => {
    const scale = scales[channel]!;
    if (scale === 0) return;
    for (let at = start; at < end; at++) bytes[at] = Math.round(numbers[at]! / scale);
  });
  return { bytes, scales };
}

function eachRun(
  length: number,
  { channels, runLength }: Pick<ToBytesOptions, 'channels' | 'runLength'>,
  visit: (channel: number, start: number, end: number) => void,
): void {
  for (let start = 0, run = 0; start < length; start += runLength, run++)
    visit(run % channels, start, start + runLength);
}
