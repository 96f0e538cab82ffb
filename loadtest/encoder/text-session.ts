import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { sessionOptions } from '../../src/onnx/session-options.js';

/** A text bundle run by hand, without the gateway's preprocessing: the other opinion about it. */
export interface TextSession {
  /** Token numbers of a text, special tokens included. */
  tokensOf(text: string): readonly number[];
  /**
   * One run over texts of any length, filled up to the longest, or to `tokens`.
   *
   * @returns [batch][labels] logits.
   */
  run(tokenLists: readonly (readonly number[])[], tokens?: number): Promise<readonly number[][]>;
  close(): Promise<void>;
}

/** The package's own types name their files without endings, which `nodenext` does not resolve. */
const TextTokenizer = Tokenizer as new (
  tokenizer: object,
  config: object,
) => { encode(text: string): { readonly ids: readonly number[] } };

export async function openTextSession(dir: string): Promise<TextSession> {
  const text = await readFile(join(dir, 'tokenizer.json'), 'utf8');
  const tokenizer = new TextTokenizer(JSON.parse(text) as object, {});
  const session = await InferenceSession.create(join(dir, 'model.onnx'), sessionOptions);
  return {
    tokensOf: (text) => tokenizer.encode(text).ids,
    async run(lists, tokens = Math.max(...lists.map(({ length }) => length))) {
      const dims = [lists.length, tokens];
      const ids = new BigInt64Array(lists.length * tokens);
      const mask = new BigInt64Array(lists.length * tokens);
      lists.forEach((list, row) => {
        list.forEach((id, at) => {
          ids[row * tokens + at] = BigInt(id);
          mask[row * tokens + at] = 1n;
        });
      });
      const { logits } = await session.run({
        input_ids: new Tensor('int64', ids, dims),
        attention_mask: new Tensor('int64', mask, dims),
      });
      const data = logits!.data as Float32Array;
      const labels = data.length / lists.length;
      return lists.map((_, row) => [...data.subarray(row * labels, (row + 1) * labels)]);
    },
    close: () => session.release(),
  };
}
