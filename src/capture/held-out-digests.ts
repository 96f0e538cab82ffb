import { hash } from 'node:crypto';
import { inputColumns, type Cell, type RowCodec } from './row-codec.js';

/** Names of the columns of a holdout row whose input alone is read. */
export const heldOutColumns = [...inputColumns, 'sequence'] as const;
const pageRows = 256;

/**
 * Tells the SHA-256 (hex) of each input that is held out, page by page.
 *
 * @param readPage  reads holdout rows that have an input, oldest first: cells of `heldOutColumns`.
 */
export async function heldOutDigests(
  readPage: (range: {
    readonly afterSequence: number;
    readonly rowsMax: number;
  }) => Promise<readonly (readonly Cell[])[]>,
  codec: Pick<RowCodec, 'inputOf'>,
): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for (let afterSequence = 0; ;) {
    const page = await readPage({ afterSequence, rowsMax: pageRows });
    for (const cells of page) digests.add(hash('sha256', codec.inputOf(cells)));
    if (page.length < pageRows) return digests;
    afterSequence = page.at(-1)!.at(-1) as number;
  }
}
