import { useState } from 'preact/hooks';
import type { ReviewRowJson } from '../../http/api-types.js';
import { getReview, labelRow } from '../api.js';
import { failureOf, type Failure } from '../failure.js';
import { useFailure } from '../use-failure.js';

/** Rows that are fetched at once. */
const rowsFetched = 20;

export interface Review {
  /** Null before it was begun; empty when there is nothing to look at. */
  readonly rows: readonly ReviewRowJson[] | null;
  /** The row that is looked at now; null at the end. */
  readonly row: ReviewRowJson | null;
  readonly isBusy: boolean;
  readonly failure: Failure | null;
  /** What has just been said, for who does not see it. */
  readonly said: string;
  readonly labelled: number;
  /** Fetches the rows that are wanted most now. */
  readonly load: () => Promise<void>;
  readonly label: (label: string) => Promise<void>;
  readonly skip: () => void;
  /** Goes to the row before, to say something else of it. */
  readonly back: () => void;
}

/** The rows of a review, one after the other. */
export function useReview(task: string): Review {
  const [rows, setRows] = useState<readonly ReviewRowJson[] | null>(null);
  const [at, setAt] = useState(0);
  const [isBusy, setIsBusy] = useState(false);
  const [said, setSaid] = useState('');
  const [labelled, setLabelled] = useState(0);
  const [failure, setFailure] = useFailure();
  const row = rows?.[at] ?? null;

  async function whileBusy(work: () => Promise<void>): Promise<void> {
    if (isBusy) return;
    setIsBusy(true);
    setFailure(null);
    try {
      await work();
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setIsBusy(false);
    }
  }
  return {
    ...{ rows, row, isBusy, failure, said, labelled },
    load: () =>
      whileBusy(async () => {
        setRows(await getReview(task, rowsFetched));
        setAt(0);
        setSaid('');
      }),
    label: (label) =>
      whileBusy(async () => {
        if (row === null) return;
        const { replaced } = await labelRow(task, { id: row.id, label });
        if (replaced === null) setLabelled((count) => count + 1);
        setSaid(`Labelled ${label}.`);
        setAt((before) => before + 1);
      }),
    skip() {
      setSaid('Skipped.');
      setAt((before) => before + 1);
    },
    back: () => setAt((before) => Math.max(0, before - 1)),
  };
}
