import { Tokenizer } from '@huggingface/tokenizers';

/**
 * What the gateway uses of `Tokenizer` of `@huggingface/tokenizers` 0.2: its own types name their
 * files without an ending, which TypeScript's `nodenext` does not resolve.
 */
export interface HuggingFaceTokenizer {
  /** Adds the special tokens; null where there are none. */
  readonly post_processor:
    | ((tokens: readonly string[]) => {
        readonly tokens: readonly string[];
        readonly token_type_ids?: readonly number[];
      })
    | null;
  /** Cuts and pads nothing. An id is undefined where the tokenizer has no token, not even [UNK]. */
  encode(
    text: string,
    options: { readonly add_special_tokens: boolean },
  ): { readonly ids: readonly (number | undefined)[] };
  token_to_id(token: string): number | undefined;
}

type TokenizerConstructor = new (tokenizer: object, config: object) => HuggingFaceTokenizer;

export const HuggingFaceTokenizer = Tokenizer as TokenizerConstructor;
