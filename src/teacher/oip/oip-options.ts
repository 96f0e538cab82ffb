import type { RemoteOptions } from '../remote/remote-options.js';

export type OipParameters = Readonly<Record<string, string | number | boolean>>;

/** A model behind the Open Inference Protocol, version 2, as the task file has it. */
export interface OipOptions extends RemoteOptions {
  /** Of the server, without `/v2`. */
  readonly url: string;
  readonly model: string;
  /** Null: the server's choice. */
  readonly modelVersion: string | null;
  /** Rows of one request at most. */
  readonly rowsMax: number;
  readonly parameters: OipParameters;
  /** Of a text or an image; of tensors, its `parameters` alone count. */
  readonly input: {
    readonly name: string | null;
    readonly datatype: string | null;
    /** The batch first, -1 where a length is open; null: as the metadata say. */
    readonly shape: readonly number[] | null;
    readonly mean: readonly number[] | null;
    readonly std: readonly number[] | null;
    readonly parameters: OipParameters;
  };
  readonly output: {
    readonly name: string | null;
    readonly holds: 'probabilities' | 'logits' | 'label';
    readonly temperature: number;
    readonly classes: readonly string[] | null;
  };
}

/** `http://host:8000/v2/models/reviews/versions/3`. */
export function modelUrlOf({ url, model, modelVersion }: OipOptions): string {
  const version = modelVersion === null ? '' : `/versions/${encodeURIComponent(modelVersion)}`;
  return `${url.replace(/\/+$/, '')}/v2/models/${encodeURIComponent(model)}${version}`;
}
