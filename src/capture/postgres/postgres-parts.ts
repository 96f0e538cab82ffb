import type { RowCodec } from '../row-codec.js';
import type { Inserts } from './append-rows.js';
import type { Connections } from './connections.js';

/** What each side of a log in PostgreSQL works with. */
export interface PostgresParts extends Omit<Connections, 'close' | 'commit'> {
  /** That the tables lie in; a name that needs no quotes. */
  readonly schema: string;
  readonly codec: RowCodec;
  readonly inserts: Inserts;
  /** ms since the epoch. */
  readonly now: () => number;
}
