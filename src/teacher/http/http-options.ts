import type { RemoteOptions } from '../remote/remote-options.js';

/** JSON as a task file holds it. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A JSON endpoint and the mapping to it, as the task file has them. */
export interface HttpOptions extends RemoteOptions {
  readonly url: string;
  readonly request: {
    readonly method: 'POST' | 'PUT' | 'GET';
    readonly rows: 'one' | 'many';
    readonly rowsMax: number;
    readonly body: Json;
    readonly image: 'base64' | 'numbers';
  };
  /** JSON pointers; null: not there. */
  readonly answer: {
    readonly rows: string | null;
    readonly label: string | null;
    readonly scores: string | null;
    readonly holds: 'probabilities' | 'logits';
    readonly temperature: number;
    readonly classes: readonly string[] | null;
    /** The teacher's names of labels. */
    readonly names: Readonly<Record<string, string>>;
  };
}
