import type { Json } from '../http/http-options.js';
import type { RemoteOptions } from '../remote/remote-options.js';

/** US dollars for a million tokens. */
export interface TokenPrices {
  readonly inputUsdPerMillion: number;
  /** Null: as other input. */
  readonly cachedInputUsdPerMillion: number | null;
  readonly outputUsdPerMillion: number;
}

/** A language model behind an API like OpenAI's, as the task file has it. */
export interface OpenaiOptions extends RemoteOptions {
  /** Base of the API: `/chat/completions` comes after it. */
  readonly url: string;
  readonly model: string;
  readonly instructions: string;
  readonly labelDescriptions: Readonly<Record<string, string>>;
  readonly examples: {
    readonly given: readonly { readonly input: string; readonly label: string }[];
    /** How many captured rows are shown. */
    readonly similar: number;
    readonly poolRowsMax: number;
    readonly probabilityMin: number;
  };
  readonly structured: 'json-schema' | 'json-object' | 'none';
  readonly softLabels: 'logprobs' | 'samples' | 'none';
  readonly samples: number;
  readonly topLogprobs: number;
  readonly temperature: number | null;
  readonly sampleTemperature: number;
  readonly tokensMax: number;
  readonly tokensField: 'max_tokens' | 'max_completion_tokens';
  readonly extra: Readonly<Record<string, Json>>;
  /** Null: `costPerRowUsd` is the cost of each answer. */
  readonly prices: TokenPrices | null;
}
