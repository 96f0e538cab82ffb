import { gunzipSync } from 'node:zlib';
import type { Compressors, FileMetaData } from 'hyparquet';

/** What a file needs to be unpacked by. */
export async function parquetCompressorsOf({
  row_groups: groups,
}: FileMetaData): Promise<Compressors> {
  const codecs = groups.flatMap(({ columns }) => columns.map((column) => column.meta_data?.codec));
  const isOurOwn = codecs.every((codec) => codec === 'GZIP');
  return isOurOwn ? { GZIP: gunzip } : allCompressors();
}

const gunzip = (input: Uint8Array, bytes: number): Uint8Array =>
  new Uint8Array(gunzipSync(input, { maxOutputLength: Math.max(1, bytes) }));

/** Read only for the files that others wrote: a start need not wait for it. */
const allCompressors = async (): Promise<Compressors> => ({
  ...(await import('hyparquet-compressors')).compressors,
  GZIP: gunzip,
});
