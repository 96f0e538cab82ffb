import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { failureOf, type Failure } from '../failure.js';
import { useFailure } from '../use-failure.js';
import { freshReplay, replayTraffic, type ReplayProgress } from './replay-traffic.js';

export interface Replay {
  readonly progress: ReplayProgress;
  readonly isRunning: boolean;
  readonly failure: Failure | null;
  readonly rowsPerSecond: number;
  readonly start: () => void;
  readonly stop: () => void;
}

/** Hundreds of answers a second must not be hundreds of renders. */
const renderEveryMs = 150;

/** The replay of a task's samples, with its state. */
export function useReplay(task: string): Replay {
  const [progress, setProgress] = useState(() => savedOf(task));
  const [isRunning, setIsRunning] = useState(false);
  const [failure, setFailure] = useFailure();
  const [rowsPerSecond, setRowsPerSecond] = useState(0);
  const newest = useRef(progress);
  const running = useRef<AbortController | null>(null);

  const stop = useCallback(() => running.current?.abort(), []);
  useEffect(() => stop, [stop]);

  async function run(controller: AbortController): Promise<void> {
    const startedMs = performance.now();
    const before = rowsOf(newest.current);
    const render = (): void => {
      setProgress(newest.current);
      sessionStorage.setItem(keyOf(task), JSON.stringify(newest.current));
      const seconds = (performance.now() - startedMs) / 1000;
      setRowsPerSecond((rowsOf(newest.current) - before) / seconds);
    };
    const timer = window.setInterval(render, renderEveryMs);
    try {
      await replayTraffic({
        task,
        from: newest.current,
        signal: controller.signal,
        onProgress: (next) => (newest.current = next),
      });
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      window.clearInterval(timer);
      render();
      running.current = null;
      setIsRunning(false);
    }
  }
  function start(): void {
    if (running.current !== null) return;
    running.current = new AbortController();
    setFailure(null);
    setIsRunning(true);
    void run(running.current);
  }
  return { progress, isRunning, failure, rowsPerSecond, start, stop };
}

/** A reload of the page goes on where it was. */
function savedOf(task: string): ReplayProgress {
  const saved = sessionStorage.getItem(keyOf(task));
  return saved === null ? freshReplay : (JSON.parse(saved) as ReplayProgress);
}

const keyOf = (task: string): string => `understudy replay of ${task}`;
const rowsOf = ({ tally }: ReplayProgress): number =>
  Object.values(tally).reduce((sum, rows) => sum + rows, 0);
