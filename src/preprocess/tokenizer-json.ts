import { z } from 'zod';
import { InvalidBundleError } from '../errors.js';

/** The parts of a `tokenizer.json` that the gateway itself reads; the library reads the rest. */
const tokenizerSchema = z.looseObject({
  model: z.looseObject({
    type: z.enum(['BPE', 'Unigram', 'WordLevel', 'WordPiece']).nullish(),
    unk_token: z.string().nullish(),
  }),
  pre_tokenizer: z.unknown().default(null),
  normalizer: z.unknown().default(null),
  post_processor: z.unknown().default(null),
  decoder: z.unknown().default(null),
  added_tokens: z
    .array(z.looseObject({ id: z.int().nonnegative(), content: z.string() }))
    .default([]),
  padding: z.looseObject({ pad_id: z.int().nonnegative() }).nullish(),
  truncation: z.looseObject({ direction: z.string().optional() }).nullish(),
});

const preTokenizerSchema = z.looseObject({
  type: z.string(),
  pretokenizers: z.array(z.unknown()).optional(),
  behavior: z.string().optional(),
  invert: z.boolean().optional(),
  individual_digits: z.boolean().optional(),
});

export type TokenizerJson = z.infer<typeof tokenizerSchema>;

/**
 * Reads a `tokenizer.json`, and rewrites those of its steps that `@huggingface/tokenizers` 0.2
 * takes otherwise than the Rust library that models are trained with: `Whitespace` (ASCII words),
 * `Punctuation` (runs) and `Digits` (ASCII digits) become a `Split` that says the same.
 *
 * @throws {InvalidBundleError} when it is none, cuts texts at their start, or has a step that the
 *                              library would get wrong without a word.
 */
export function readTokenizerJson(json: unknown, file: string): TokenizerJson {
  const parsed = tokenizerSchema.safeParse(json);
  if (!parsed.success)
    throw new InvalidBundleError(`${file} is no tokenizer.json: ${z.prettifyError(parsed.error)}`);
  const { data } = parsed;
  if (data.truncation?.direction === 'Left')
    throw new InvalidBundleError(
      `${file} cuts long texts at their start (truncation.direction Left), which is not ` +
        `supported: save it with Right.`,
    );
  return { ...data, pre_tokenizer: rewritten(data.pre_tokenizer, file) };
}

/** `\w` of Rust's regular expressions; the library's has some numbers more, such as ½ and ². */
const wordCharacters = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200C\\u200D';
/** ASCII symbols count as punctuation, as in the Rust library. */
const punctuation = '[\\p{P}!-\\/:-@\\[-`{-~]';

function rewritten(json: unknown, file: string): unknown {
  if (json === null) return null;
  const parsed = preTokenizerSchema.safeParse(json);
  if (!parsed.success) throw unsupported('a pre_tokenizer without a type', file);
  const step = parsed.data;
  const behavior = step.behavior?.toLowerCase() ?? 'isolated';
  switch (step.type) {
    case 'Sequence':
      return {
        ...step,
        pretokenizers: step.pretokenizers?.map((inner) => rewritten(inner, file)) ?? [],
      };
    case 'Whitespace':
      return split(`[${wordCharacters}]+|[^${wordCharacters}\\s]+`, {
        behavior: 'Removed',
        invert: true,
      });
    case 'Digits':
      return split(step.individual_digits === true ? '\\p{N}' : '\\p{N}+');
    case 'Punctuation':
      if (behavior === 'isolated') return split(punctuation);
      if (behavior === 'contiguous') return split(`${punctuation}+`);
      throw unsupported(`Punctuation with the behavior ${behavior}`, file);
    case 'Split':
      if (behavior === 'isolated') return { ...step, invert: false };
      if (behavior === 'removed') return step;
      throw unsupported(`Split with the behavior ${behavior}`, file);
    default:
      return step;
  }
}

const split = (regex: string, { behavior = 'Isolated', invert = false } = {}) => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior,
  invert,
});

const unsupported = (what: string, file: string): InvalidBundleError =>
  new InvalidBundleError(
    `${file} has ${what}, which is not supported. Export the model with a tokenizer without it.`,
  );
