/** A loss that does not depend on some of the values that it is to be differentiated by. */
export class NoGradientError extends RangeError {
  override readonly name = 'NoGradientError';

  /** @param names  of those values. */
  constructor(readonly names: readonly string[]) {
    super(`The loss does not depend on ${names.join(', ')}.`);
  }
}
