import type { RowCodec } from '../row-codec.js';
import type { Connections } from './connections.js';

/** What each side of a log in PostgreSQL works with. Its calls fail once the log is closed. */
export interface PostgresParts extends Omit<Connections, 'close' | 'commit'> {
  /** That the tables lie in; a name that needs no quotes. */
  readonly schema: string;
  readonly codec: RowCodec;
  /** ms since the epoch. */
  readonly now: () => number;
}
