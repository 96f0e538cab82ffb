/** `POST /v1/tasks/{task}/predict`. Exactly one of `input` and `inputs`. */
export interface PredictRequestBody {
  /**
   * One input. An image: numbers in [0, 1] (flat, or nested by rows and channels), or base64 of
   * 8-bit values. A text: a string. Tensors: `{name: values}`; a single one may be its values
   * alone.
   */
  readonly input?: PredictInputJson;
  readonly inputs?: readonly PredictInputJson[];
  /**
   * Who must answer; default `auto`: the policy decides. `student` is refused where there is none.
   */
  readonly route?: 'auto' | 'student' | 'teacher';
  /**
   * Wait so many ms at most, a whole number, 1 to 600 000. Then the policy decides: the student's
   * answer, marked `degraded`, or an error (504).
   */
  readonly timeoutMs?: number;
  /** Adds `probabilities` to each answer. */
  readonly probabilities?: boolean;
  /**
   * Whom the inputs speak of, 1 to 200 characters: their rows can be erased by it. Best a name that
   * says nothing by itself, such as a number.
   */
  readonly subject?: string;
  /** Nothing of the request is kept, also no teacher's answer; nothing is learnt from it. */
  readonly noStore?: boolean;
}
export type PredictInputJson =
  | string
  | number
  | boolean
  | readonly PredictInputJson[]
  | { readonly [tensor: string]: PredictInputJson };
