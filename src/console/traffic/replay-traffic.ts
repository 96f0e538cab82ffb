import type { AnswerJson, RouteName, SamplesJson } from '../../http/api-types.js';
import { getSamples, predict } from '../api.js';

/** How far the replay of a task's samples has come; kept between start and stop. */
export interface ReplayProgress {
  /** The next sample to send, from 0. */
  readonly position: number;
  /** Samples in all; null before the first page. */
  readonly total: number | null;
  /** Times that all samples were sent before. */
  readonly laps: number;
  readonly tally: Readonly<Record<RouteName, number>>;
  /** Answers whose label was the sample's own. */
  readonly right: number;
}

export const freshReplay: ReplayProgress = {
  position: 0,
  total: null,
  laps: 0,
  tally: { student: 0, teacher: 0, cache: 0, degraded: 0 },
  right: 0,
};

/**
 * Browsers keep six connections to a host: this leaves room for the status, a run's events and the
 * drawing, also when the teacher takes seconds.
 */
const concurrency = 4;
const pageRows = 250;
const pagesKept = 3;

interface ReplayOptions {
  readonly task: string;
  readonly from: ReplayProgress;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReplayProgress) => void;
}

/**
 * Sends samples one a request, a few at a time, until the last one or until `signal`; what is in
 * flight then is still answered. Started at the end, it begins a new lap.
 *
 * @throws what the first refused request throws; `onProgress` was told a position to go on from.
 */
export async function replayTraffic({ task, from, signal, onProgress }: ReplayOptions) {
  const isLapDone = from.total !== null && from.position >= from.total;
  let progress = isLapDone ? { ...from, position: 0, laps: from.laps + 1 } : from;
  let next = progress.position;
  let failedAt = Infinity;
  const sampleAt = samplesOf(task);

  async function sendInTurn(): Promise<void> {
    while (!signal.aborted && failedAt === Infinity) {
      const index = next++;
      try {
        const { sample, total } = await sampleAt(index);
        if (sample === undefined) {
          progress = { ...progress, position: total, total };
          return;
        }
        progress = { ...progress, total };
        const answer = await predict(task, { input: sample.input });
        count(answer, answer.label === sample.label, index);
      } catch (error) {
        failedAt = Math.min(failedAt, index);
        throw error;
      }
    }
  }
  function count({ route }: AnswerJson, isRight: boolean, index: number): void {
    const { tally, right, position } = progress;
    progress = {
      ...progress,
      position: Math.max(position, index + 1),
      tally: { ...tally, [route]: tally[route] + 1 },
      right: right + (isRight ? 1 : 0),
    };
    onProgress(progress);
  }

  const ends = await Promise.allSettled(Array.from({ length: concurrency }, sendInTurn));
  // Those after a failed one may be sent twice; none is left out.
  if (failedAt < progress.position) progress = { ...progress, position: failedAt };
  onProgress(progress);
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason as Error;
}

/** Reads samples by page and keeps the newest pages. */
function samplesOf(task: string) {
  const pages = new Map<number, Promise<SamplesJson>>();
  return async (index: number) => {
    const page = Math.floor(index / pageRows);
    if (!pages.has(page)) {
      pages.set(page, getSamples(task, { offset: page * pageRows, limit: pageRows }));
      pages.delete(page - pagesKept);
    }
    const { samples, total } = await pages.get(page)!;
    return { sample: samples[index % pageRows], total };
  };
}
