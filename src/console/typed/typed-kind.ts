import type { InputJson, PredictInputJson } from '../../http/api-types.js';
import type { Failure } from '../failure.js';
import { exampleJson } from './example-json.js';

/** How an input of one kind is typed, and read. */
export interface TypedKind {
  /** What is typed, as the label of its field. */
  readonly name: string;
  readonly placeholder: string;
  /** What a button puts there; null where nobody needs one. */
  readonly example: string | null;
  /** Longest text. */
  readonly charsMax: number | null;
  read(typed: string): { readonly input: PredictInputJson } | { readonly failure: Failure };
  /** An input as one would type it. */
  show(input: PredictInputJson): string;
}

export function typedKindOf(input: InputJson): TypedKind {
  if (input.kind === 'text')
    return {
      name: 'Text',
      placeholder: 'Type or paste a text here',
      example: null,
      charsMax: input.charsMax,
      read: (typed) => ({ input: typed }),
      show: String,
    };
  const show = (value: PredictInputJson): string => shortLines(JSON.stringify(value, null, 1));
  return {
    name: `Input as JSON: ${shapeWords(input)}`,
    placeholder: 'What goes into "input" of a prediction',
    example: show(exampleJson(input)),
    charsMax: null,
    read: readJson,
    show,
  };
}

/** Lists of numbers, texts and truths take one line each. */
const shortLines = (json: string): string =>
  json.replace(
    /\[\s+([^[\]{}]*?)\s+\]/g,
    (_, items: string) => `[${items.replace(/\s*\n\s*/g, ' ')}]`,
  );

function readJson(typed: string): ReturnType<TypedKind['read']> {
  try {
    return { input: JSON.parse(typed) as PredictInputJson };
  } catch (error) {
    return {
      failure: {
        kind: 'problem',
        title: 'This is not JSON',
        detail: error instanceof Error ? error.message : String(error),
        details: [],
        code: null,
        isRetryable: false,
      },
    };
  }
}

function shapeWords(input: Exclude<InputJson, { kind: 'text' }>): string {
  if (input.kind === 'image')
    return `${input.width} \u00d7 ${input.height} RGB pixels, numbers in [0, 1] or base64`;
  return input.tensors
    .map(({ name, dtype, shape }) => {
      const axes = shape.map((length) => length ?? 'any').join(' \u00d7 ');
      return `${name} ${dtype}${axes === '' ? '' : ` [${axes}]`}`;
    })
    .join(', ');
}
