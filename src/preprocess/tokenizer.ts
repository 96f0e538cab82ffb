import { z } from 'zod';
import { InvalidBundleError, InvalidInputError } from '../errors.js';
import { decodeText } from '../task/text-codec.js';
import { HuggingFaceTokenizer } from './hugging-face.js';
import type { TokenizerPreprocess } from './preprocess-spec.js';
import type { Preprocessor, RowTensor } from './preprocessor.js';
import { readTokenizerJson, type TokenizerJson } from './tokenizer-json.js';

/**
 * Of a longer text only the first `10 * tokensMax + 256` UTF-16 units are looked at: texts of
 * people have 4 to 5 a token. What follows could count only after long runs of blanks or of
 * nonsense, and would hold up the event loop: 20 000 units made for that take 0.4 s, those that are
 * looked at for 512 tokens 0.1 s.
 */
const charsPerTokenMax = 10;
const charsExtra = 256;

const configSchema = z.looseObject({
  pad_token: z.union([z.string(), z.looseObject({ content: z.string() })]).nullish(),
});
const padTokens = ['[PAD]', '<pad>', '<|pad|>'];

/** Parsed files of the bundle. */
export interface TokenizerFiles {
  readonly tokenizer: unknown;
  /** `tokenizer_config.json`, or null for none. */
  readonly config: unknown;
}

/**
 * Creates the preprocessing of texts by a Hugging Face tokenizer: token ids, a mask that is 1 for
 * each, and their types, all of them [n] int64.
 *
 * Longer texts are cut so that the special tokens of the post-processor still find room. The rest
 * up to a multiple of `padToMultipleOf`, at most `tokensMax`, is filled with the pad token, mask 0:
 * always at the end, where attention that looks back never sees it, whatever side the tokenizer's
 * files name. Their own `truncation` and `padding` lengths are for training, and are not read.
 *
 * @throws {InvalidBundleError} when the tokenizer can not be used; says why.
 */
export function createTokenizerPreprocessor(
  spec: TokenizerPreprocess,
  files: TokenizerFiles,
): Preprocessor {
  const encoder = openEncoder(spec, files);
  const { tokensMax, padToMultipleOf } = spec;
  const textMax = charsPerTokenMax * tokensMax + charsExtra;
  const names = [spec.inputIds, spec.attentionMask, spec.tokenTypeIds];

  return {
    tensorNames: names.filter((name) => name !== null),
    prepare(input) {
      const { ids, typeIds } = encoder.encode(startOf(decodeText(input), textMax));
      const padded = Math.ceil(ids.length / padToMultipleOf) * padToMultipleOf;
      const length = Math.min(padded, tokensMax);
      const mask = ids.map(() => 1);
      return [
        rowTensor(spec.inputIds, ids, { length, filler: encoder.padId }),
        rowTensor(spec.attentionMask, mask, { length, filler: 0 }),
        rowTensor(spec.tokenTypeIds, typeIds, { length, filler: 0 }),
      ].filter((tensor) => tensor !== null);
    },
  };
}

interface Encoder {
  readonly padId: number;
  /** @throws {InvalidInputError} when there is no token to be had from the text. */
  encode(text: string): { readonly ids: readonly number[]; readonly typeIds: readonly number[] };
}

function openEncoder({ file, tokensMax }: TokenizerPreprocess, files: TokenizerFiles): Encoder {
  const json = readTokenizerJson(files.tokenizer, file);
  const config = readConfig(files.config);
  const tokenizer = openTokenizer(json, config, file);
  const { before, after, typeId } = frameOf(tokenizer, file);
  const room = tokensMax - before.ids.length - after.ids.length;
  if (room < 1)
    throw new InvalidBundleError(
      `tokensMax ${tokensMax} leaves no room beside the special tokens that ${file} adds.`,
    );

  return {
    padId: padIdOf(json, config, tokenizer),
    encode(text) {
      const own = tokenizer.encode(text, { add_special_tokens: false }).ids.slice(0, room);
      const ids = [...before.ids, ...own, ...after.ids];
      if (ids.length === 0 || !ids.every((id) => id !== undefined))
        throw new InvalidInputError(
          `The model's tokenizer (${file}) has no token for a part of this text.`,
        );
      return { ids, typeIds: [...before.typeIds, ...own.map(() => typeId), ...after.typeIds] };
    },
  };
}

interface SpecialTokens {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
}

/** Finds out what the post-processor puts around a text's own tokens: it knows only whole lists. */
function frameOf(tokenizer: HuggingFaceTokenizer, file: string) {
  const own = ''; // No token is empty.
  const framed = tokenizer.post_processor?.([own]) ?? { tokens: [own] };
  const typeIds = framed.token_type_ids ?? framed.tokens.map(() => 0);
  const at = framed.tokens.indexOf(own);
  if (at < 0) throw new InvalidBundleError(`The post_processor of ${file} drops the text.`);
  const special = (start: number, end?: number): SpecialTokens => ({
    ids: framed.tokens.slice(start, end).map((token) => {
      const id = tokenizer.token_to_id(token);
      if (id !== undefined) return id;
      throw new InvalidBundleError(`${file} adds the token ${token}, but has no number for it.`);
    }),
    typeIds: typeIds.slice(start, end),
  });
  return { before: special(0, at), after: special(at + 1), typeId: typeIds[at] ?? 0 };
}

function readConfig(json: unknown): z.infer<typeof configSchema> {
  const parsed = configSchema.safeParse(json ?? {});
  if (parsed.success) return parsed.data;
  throw new InvalidBundleError(
    `The tokenizer's configuration can not be used: ${z.prettifyError(parsed.error)}`,
  );
}

function openTokenizer(json: TokenizerJson, config: object, file: string): HuggingFaceTokenizer {
  try {
    const { unk_token } = json.model;
    // Of a word-level model the library takes it from the configuration alone.
    const tokenizer = new HuggingFaceTokenizer(json, { unk_token, ...config });
    // What is wrong in use shows now, and not in a request.
    tokenizer.encode('A first text, 1.', { add_special_tokens: false });
    return tokenizer;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidBundleError(`${file} can not be used: ${reason}`, {}, { cause });
  }
}

function padIdOf(
  { padding }: TokenizerJson,
  { pad_token: named }: z.infer<typeof configSchema>,
  tokenizer: HuggingFaceTokenizer,
): number {
  if (padding) return padding.pad_id;
  const candidates = [typeof named === 'string' ? named : named?.content, ...padTokens];
  const ids = candidates.map((token) => token && tokenizer.token_to_id(token));
  return ids.find((id) => typeof id === 'number') ?? 0;
}

/** Never ends with half a pair of surrogates. */
function startOf(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const isPair = text.codePointAt(lengthMax - 1)! > 0xffff;
  return text.slice(0, isPair ? lengthMax - 1 : lengthMax);
}

/** [length] int64, filled up at the end; null where the model has no such input. */
function rowTensor(
  name: string | null,
  values: readonly number[],
  { length, filler }: { readonly length: number; readonly filler: number },
): RowTensor | null {
  if (name === null) return null;
  const data = new BigInt64Array(length).fill(BigInt(filler), values.length);
  values.forEach((value, k) => {
    data[k] = BigInt(value);
  });
  return { name, dtype: 'int64', data, dims: [length] };
}
