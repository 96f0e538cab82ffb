import { pageBytesMax } from '../read-newest.js';
import { storedColumns } from '../row-codec.js';

/**
 * The SQL of a page: rows that are found, until their inputs are large enough, the first one in any
 * case. Cells of `storedColumns`, and how many were found.
 *
 * @param found  gives sequence and input of rows, in order and not too many.
 * @param order  of the sequences that it gives.
 */
export const pageText = (schema: string, found: string, order: 'ASC' | 'DESC' = 'ASC'): string => `
  WITH found AS (${found}), page AS (
    SELECT sequence, count(*) OVER () AS found_rows,
      sum(octet_length(input)) OVER (ORDER BY sequence ${order}) - octet_length(input)
        AS bytes_before
    FROM found
  )
  SELECT ${storedColumns.map((column) => `rows.${column}`).join()}, found_rows
  FROM page JOIN ${schema}.labelled_rows AS rows USING (sequence)
  WHERE bytes_before < ${pageBytesMax} ORDER BY rows.sequence ${order}`;
