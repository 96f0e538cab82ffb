/** A student that somebody has brought, and that the embedded trainer can not train further. */
export class UntrainableStudentError extends Error {
  override readonly name = 'UntrainableStudentError';

  /** @param reasons  full sentences, for people: everything that stands against it. */
  constructor(readonly reasons: readonly string[]) {
    super(reasons.join(' '));
  }
}
