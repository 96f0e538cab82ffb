import type { RowTensor } from '../preprocess/preprocessor.js';
import type { BundleManifest } from '../registry/bundle.js';
import { exampleInput } from '../task/example-input.js';
import type { Input } from '../task/task.js';
import type { LoadedModel } from './loaded-model.js';

type Row = readonly RowTensor[];

/**
 * Tries the longest text that a task allows. A model that knows fewer positions than its manifest's
 * `tokensMax` would answer short texts and fail on long ones.
 *
 * Images are all of one size. Tensors whose axes are open are not tried: a manifest has no words
 * for how long they may be.
 *
 * @param options  answered: a short input and the time of its run, ms; longestMsMax: the longest is
 *                 left out where it would take longer, in proportion.
 * @returns        why it can not be answered, and what to change; null when all is well.
 */
export async function whyNotLongest(
  model: LoadedModel,
  { input: spec, preprocess }: Pick<BundleManifest, 'input' | 'preprocess'>,
  options: {
    readonly answered: { readonly input: Input; readonly ms: number };
    readonly longestMsMax: number;
  },
): Promise<string | null> {
  if (spec.kind !== 'text') return null;
  const { answered, longestMsMax } = options;
  const short = model.prepare(answered.input);
  const longest = longestOf(model, longTexts(spec.charsMax)) ?? short;
  const times = elementsOf(longest) / elementsOf(short);
  if (times <= 1 || times * answered.ms > longestMsMax) return null;
  const why = await whyNot(model, longest);
  if (why === null) return null;
  const text = `the longest text that the task allows, of ${spec.charsMax} characters,`;
  if (preprocess.kind !== 'tokenizer')
    return `${text} can not be answered: lower input.charsMax. ${why}`;
  const [tokens, least] = [longest[0]!.dims[0]!, short[0]!.dims[0]!];
  const most = await mostTokens(model, longest, { works: Math.min(least, tokens), fails: tokens });
  return (
    `${text} becomes ${tokens} tokens, and the model takes ${most}: ` +
    `set preprocess.tokensMax to ${most}. ${why}`
  );
}

/** Of the kinds of text that become many tokens, or many n-grams. */
function longTexts(charsMax: number): readonly Input[] {
  const distinct = (of: (k: number) => string, length: number): Input => {
    const count = Math.ceil(charsMax / length);
    const text = Array.from({ length: count }, (_, k) => of(k)).join('');
    return Buffer.from(text.slice(0, charsMax), 'utf8');
  };
  const ideograph = (k: number): string => String.fromCharCode(0x4e00 + (k % 20_000));
  const word = (k: number): string => `${(46_656 + ((k * 7_919) % 1_000_000)).toString(36)} `;
  const plain = exampleInput({ kind: 'text', charsMax }, { seed: 1, isLargest: true });
  return [plain, distinct(word, 5), distinct(ideograph, 1)];
}

function longestOf(model: LoadedModel, texts: readonly Input[]): Row | null {
  let longest: Row | null = null;
  for (const text of texts) {
    try {
      const row = model.prepare(text);
      if (longest === null || elementsOf(row) > elementsOf(longest)) longest = row;
    } catch {
      // Its tokenizer has no token for such a text: a caller's would be refused, too.
    }
  }
  return longest;
}

const elementsOf = (row: Row): number => row.reduce((sum, { data }) => sum + data.length, 0);

async function whyNot(model: LoadedModel, row: Row): Promise<string | null> {
  try {
    const [scores] = await model.run([row]);
    return scores!.every(Number.isFinite) ? null : 'It gives values that are not finite.';
  } catch (error) {
    return (error as Error).message.trim();
  }
}

/** By bisection, between a length that works and one that fails. */
async function mostTokens(
  model: LoadedModel,
  row: Row,
  { works, fails }: { readonly works: number; readonly fails: number },
): Promise<number> {
  if (fails - works <= 1) return works;
  const middle = Math.floor((works + fails) / 2);
  const isFine = (await whyNot(model, cutTo(middle, row))) === null;
  const next = isFine ? { works: middle, fails } : { works, fails: middle };
  return mostTokens(model, row, next);
}

const cutTo = (tokens: number, row: Row): Row =>
  row.map((tensor) => ({ ...tensor, data: tensor.data.slice(0, tokens), dims: [tokens] }));
