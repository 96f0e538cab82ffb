import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RunJson, TaskJson } from '../../http/api-types.js';
import { cancelRun, startDistillation } from '../api.js';
import { failureOf } from '../failure.js';
import { Panel } from '../parts/panel.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useFailure } from '../use-failure.js';
import { meanings } from '../words.js';
import { RunHistory } from './run-history.js';
import { RunProgress } from './run-progress.js';
import { RunStages } from './run-stages.js';
import { RunResult } from './run-result.js';
import { useFollowedRun } from './use-followed-run.js';

interface Props {
  readonly task: TaskJson;
  /** As polled; null before the first answer. */
  readonly runs: readonly RunJson[] | null;
  readonly nowMs: number;
  /** Something else than runs has changed too. */
  readonly onChange: () => void;
}

/** Makes a new student from what was captured, and shows how it goes. */
export function DistilPanel({ task, runs, nowMs, onChange }: Props) {
  const [started, setStarted] = useState<RunJson | null>(null);
  const [failure, setFailure] = useFailure();
  const [isAsking, setIsAsking] = useState(false);
  const known = useMemo(
    () => [...(started === null ? [] : [started]), ...(runs ?? [])],
    [started, runs],
  );
  const run = useFollowedRun(task.name, known, onChange);
  const isRunning = run?.state === 'running';
  // What stood in the way may have been that run: once it goes on or has ended, one can ask again.
  useEffect(() => setFailure(null), [run?.id, run?.state]);

  async function start(): Promise<void> {
    setIsAsking(true);
    setFailure(null);
    try {
      setStarted(await startDistillation(task.name));
    } catch (error) {
      const failed = failureOf(error);
      // Somebody was faster: their run shows up by itself.
      if (failed.code !== 'CONFLICT' || !isRunning) setFailure(failed);
      onChange();
    } finally {
      setIsAsking(false);
    }
  }
  async function cancel(id: string): Promise<void> {
    try {
      await cancelRun(task.name, id);
    } catch (error) {
      const failed = failureOf(error);
      if (failed.code !== 'CONFLICT') setFailure(failed); // Else it has ended by itself.
    }
    onChange();
  }
  return (
    <Panel
      title="Distillation"
      class="distil-panel"
      actions={
        <button
          type="button"
          class="button is-primary"
          title={meanings.distillation}
          disabled={isRunning || isAsking}
          onClick={() => void start()}
        >
          {isRunning ? 'Distilling \u2026' : 'Re-distil now'}
        </button>
      }
    >
      {failure !== null && <ProblemNote failure={failure} />}
      {run === null && failure === null && <RunStages />}
      {run !== null && isRunning && (
        <RunProgress run={run} nowMs={nowMs} onCancel={() => void cancel(run.id)} />
      )}
      {run !== null && !isRunning && <RunResult run={run} nowMs={nowMs} />}
      <RunHistory runs={(runs ?? []).filter(({ id }) => id !== run?.id)} nowMs={nowMs} />
    </Panel>
  );
}
