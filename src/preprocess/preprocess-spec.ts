/** How an image becomes a tensor: value = (pixel in [0, 1] * scale - mean[c]) / std[c]. */
export interface ImagePreprocess {
  readonly kind: 'image';
  /** Size that the model takes; the image is resized to it when its own is another. */
  readonly width: number;
  readonly height: number;
  readonly resize: 'bilinear' | 'nearest';
  /** `flat` is [height * width * channels]; the others name the order of the axes. */
  readonly layout: 'flat' | 'nchw' | 'nhwc';
  readonly channelOrder: 'rgb' | 'bgr';
  readonly scale: number;
  /** One for each channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Hashed n-grams of words and of characters, counted and scaled to length 1. */
export interface HashedNgramsPreprocess {
  readonly kind: 'hashed-ngrams';
  /** N-grams fall into so many buckets. */
  readonly buckets: number;
  /** Shortest and longest n-gram, in words; null for none. */
  readonly words: readonly [number, number] | null;
  /** The same in characters, within words padded by one space on each side; null for none. */
  readonly characters: readonly [number, number] | null;
  readonly isLowerCased: boolean;
  /**
   * `dense`: one tensor [buckets] float32. `sparse`: two tensors, bucket numbers [n] int64 and
   * their weights [n] float32, filled up with bucket 0 at weight 0 to the next power of two.
   */
  readonly form:
    | { readonly kind: 'dense'; readonly input: string }
    | { readonly kind: 'sparse'; readonly ids: string; readonly weights: string };
}

/** Tokens of a Hugging Face `tokenizer.json`. */
export interface TokenizerPreprocess {
  readonly kind: 'tokenizer';
  /** File in the bundle. */
  readonly file: string;
  /** `tokenizer_config.json` in the bundle, or null for none. */
  readonly configFile: string | null;
  /** Longer texts are cut; special tokens count. */
  readonly tokensMax: number;
  /** Token lists are filled up to a multiple of this, so that texts of like length share a run. */
  readonly padToMultipleOf: number;
  /** Names of the model's inputs; null where it has none. */
  readonly inputIds: string;
  readonly attentionMask: string | null;
  readonly tokenTypeIds: string | null;
}

/** Tensors go in as they are, under the names of the task's input. */
export interface TensorPreprocess {
  readonly kind: 'tensor';
}

/** `preprocess` of a bundle's manifest: how one input becomes the tensors of its model. */
export type PreprocessSpec =
  ImagePreprocess | HashedNgramsPreprocess | TokenizerPreprocess | TensorPreprocess;
